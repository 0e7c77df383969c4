import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFault } from '#shared/domain/fault.ts'
import { resolveInside } from '#shared/domain/packaging/rpm/refresh/fetch-data.ts'
import { parseMetalink } from '#shared/domain/packaging/rpm/refresh/metalink.ts'
import { openModulesScanner } from '#shared/domain/packaging/rpm/refresh/modules.ts'
import { parseRepomd } from '#shared/domain/packaging/rpm/refresh/repomd.ts'
import { openUpdateInfoReader } from '#shared/domain/packaging/rpm/refresh/update-info.ts'
import { readXmlBytes } from '#shared/domain/packaging/rpm/refresh/xml.ts'
import { openRpmRefreshWorld } from '#test/support/rpm-refresh-world.ts'
import { counterexample, runs } from '#test/support/runs.ts'
import { makeYumFiles, updatesXml } from '#test/support/yum-files.ts'

const MODULES = `---
document: modulemd
version: 2
data:
  name: web
  stream: 1.10
  artifacts: {rpms: [a-0:1-1.noarch, "b-0:1-1.noarch"]}
  description: >-
    Text
  dependencies:
  - requires: {platform: [el8]}
...
---
document: modulemd-defaults
version: 1
data: {module: web, stream: '1.10'}
...
`
const METALINK = `<metalink version="3.0" xmlns="http://www.metalinker.org/"><files><file name="repomd.xml"><size>1</size><verification><hash type="sha256">${'a'.repeat(64)}</hash></verification><resources><url protocol="http" preference="9">http://mirror.example.org/repodata/repomd.xml</url></resources></file></files></metalink>`
const UPDATES = updatesXml([
  { id: 'A-1', name: 'a', evr: '1-1' },
  { id: 'B-1', name: 'b', evr: '2-1', type: 'bugfix' },
]).replace('<severity>', '<references><reference type="cve" id="CVE-2024-1"/></references><severity>')

const INTERESTING = Buffer.from('<>/&;"\'=!?[]{}:-#*| \t\r\n\u0000\u00ff0129az', 'latin1')

/** A sound file with a few bytes replaced, put in, taken out, repeated or cut. */
function mutated(sound: Uint8Array | string): fc.Arbitrary<Buffer> {
  const bytes = Buffer.from(sound)
  const place = fc.nat(bytes.length - 1)
  const change = fc.record({
    kind: fc.constantFrom('replace', 'insert', 'remove', 'repeat', 'cut'),
    at: place,
    length: fc.nat(40),
    byte: fc.constantFrom(...INTERESTING),
  })
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
    let out = bytes
    for (const { kind, at, length, byte } of changes) {
      const [head, piece, tail] = [out.subarray(0, at), out.subarray(at, at + length), out.subarray(at + length)]
      if (kind === 'replace') out = Buffer.concat([head, Buffer.from([byte]), out.subarray(at + 1)])
      if (kind === 'insert') out = Buffer.concat([head, Buffer.from([byte]), out.subarray(at)])
      if (kind === 'remove') out = Buffer.concat([head, tail])
      if (kind === 'repeat') out = Buffer.concat([head, piece, piece, tail])
      if (kind === 'cut' && at > 0) out = head
    }
    return out
  })
}

/** True where it is read, or refused as what it is. */
function isFine(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch (error) {
    return isFault(error, 'repository_refused')
  }
}

const readUpdates = (bytes: Uint8Array) =>
  readXmlBytes(
    bytes,
    openUpdateInfoReader('u', () => undefined),
    'u',
  )
const repomd = makeYumFiles({ updateinfo: UPDATES, modules: MODULES }).get('repodata/repomd.xml') ?? new Uint8Array()

describe('what a stranger changed', () => {
  it.each([
    ['a repomd.xml', repomd, (bytes: Uint8Array) => parseRepomd(bytes, 'r')],
    ['a metalink', METALINK, (bytes: Uint8Array) => parseMetalink(bytes, 'm')],
    ['an updateinfo.xml', UPDATES, readUpdates],
  ] as const)('in %s is read or refused, never worse', (_, sound, read) => {
    expect(isFine(() => read(Buffer.from(sound)))).toBe(true)
    expect(counterexample(fc.property(mutated(sound), (bytes) => isFine(() => read(bytes))))).toBe('')
  })

  it('in a modules.yaml is read or refused, never worse', { timeout: 120_000 }, async () => {
    const property = fc.asyncProperty(mutated(MODULES), async (bytes) => {
      try {
        const scanner = openModulesScanner('modules.yaml')
        scanner.write(bytes)
        await scanner.finish()
        return true
      } catch (error) {
        return isFault(error, 'repository_refused')
      }
    })
    const { failed, counterexample: found, seed } = await fc.check(property, runs())
    expect(failed ? `seed ${seed}: ${fc.stringify(found)}` : '').toBe('')
  })

  it('in any file of a repository is never offered', { timeout: 120_000 }, async () => {
    const files = makeYumFiles({ updateinfo: UPDATES, modules: MODULES })
    const data = [...files].filter(([path]) => path !== 'repodata/repomd.xml')
    const property = fc.asyncProperty(
      fc.constantFrom(...data).chain(([path, bytes]) => fc.tuple(fc.constant(path), mutated(bytes))),
      async ([path, bytes]) => {
        const world = openRpmRefreshWorld()
        world.serve(new Map(files).set(path, bytes))
        const outcome = await world.refresh()
        if (bytes.equals(files.get(path) ?? new Uint8Array())) return 'snapshot' in outcome

        const isSaid = 'snapshot' in outcome && outcome.snapshot.gaps.length + outcome.snapshot.warnings.length > 1
        return outcome.status === 'refused' || isSaid
      },
    )
    const { failed, counterexample: found, seed } = await fc.check(property, { ...runs(), numRuns: runs().numRuns / 5 })
    expect(failed ? `seed ${seed}: ${fc.stringify(found)}` : '').toBe('')
  })

  it('in the place of a file never leads out of the repository', () => {
    const folder = 'https://mirror.example.org/r/'
    const part = fc.constantFrom(
      '..',
      '.',
      '/',
      '\\',
      '%2e',
      '%2f',
      '%5c',
      'http:',
      '//',
      '@',
      ':',
      '?',
      '#',
      'a',
      'repodata',
      '\t',
      'é',
    )
    const property = fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      try {
        const url = resolveInside(folder, parts.join(''))
        return url.startsWith(folder) && !/\/\.{1,2}(?:\/|$)|%2e|%2f|%5c|[?#]/i.test(url)
      } catch (error) {
        return isFault(error, 'repository_refused')
      }
    })
    expect(counterexample(property)).toBe('')
  })
})
