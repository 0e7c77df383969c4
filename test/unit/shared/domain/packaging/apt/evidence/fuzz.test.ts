import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFault } from '#shared/domain/fault.ts'
import { APT_EVIDENCE_PATHS, readAptEvidence } from '#shared/domain/packaging/apt/evidence/read-evidence.ts'
import { machineOf, statusEntry } from '#test/support/apt-evidence.ts'
import { counterexample } from '#test/support/runs.ts'

/** Slow enough to let a busy machine be, quick enough to see a parser that goes back and forth. */
const MAX_MS = 2000

// Pieces of every format, split at `|`, so that what comes of them is nearly right.
const PIECES = [
  'deb|deb-src|Types: deb|URIs: http://h/x|Suites: s|Components: c|Signed-By: /x|Enabled: no|[|]|[a=b]|./|$(ARCH)|%41|%|!',
  'Package: a|Pin: release *|Pin-Priority: 1|Status: install ok installed|Version: 1|Architecture: amd64',
  'APT::Default-Release|"x"|;|{|}|::|#clear|#include|//|/*|*/|#|"|:|,|/|http://u:p@h/|file:|cdrom:[',
  ' |\t|\n|\n\n|\r\n|\0|\u202e|\ufeff|é|__proto__|constructor|prototype|toString|-----BEGIN PGP PUBLIC KEY BLOCK-----',
].flatMap((line) => line.split('|'))
const pieces = fc.array(fc.constantFrom(...PIECES), { maxLength: 60 })
const text = fc.oneof(
  pieces.map((some) => some.join('')),
  pieces.map((some) => some.join(' ')),
  fc.string({ unit: 'binary', maxLength: 200 }),
)
const bytes = fc.oneof(
  text.map((value) => Buffer.from(value, 'utf8')),
  fc.uint8Array({ maxLength: 200 }),
)

/** What is wrong with the answer to evidence with these files; '' when nothing is. */
function judge(files: Readonly<Record<string, string | Uint8Array>>): string {
  const started = performance.now()
  const said = answer(files)
  if (performance.now() - started > MAX_MS) return 'too slow'
  return Object.keys(Object.prototype).length > 0 ? 'a prototype is polluted' : said
}

function answer(files: Readonly<Record<string, string | Uint8Array>>): string {
  try {
    const { inventory, repositories, problems, warnings } = readAptEvidence(machineOf(files))
    if (inventory.packages.length === 0) return 'an empty inventory'
    if (repositories.length + problems.length === 0) return 'no repository and no problem'
    return JSON.stringify([repositories, problems, warnings]).includes('u:p@') ? 'a password shows' : ''
  } catch (error) {
    const codes = ['evidence_malformed', 'evidence_too_large', 'quota_exceeded']
    const isRefused = isFault(error) && codes.includes(error.code) && error.place.file !== undefined
    return isRefused ? '' : String(error)
  }
}

const PATHS = APT_EVIDENCE_PATHS.map((path) => {
  if (!path.endsWith('/')) return path
  return path.includes('sources') ? `${path}x.sources` : `${path}x`
})

describe('evidence from strangers', () => {
  it.each(PATHS)('never breaks the reader through %s', (path) => {
    const found = counterexample(fc.property(bytes, (content) => judge({ [path]: content }) === ''))
    expect(found).toBe('')
  })

  it('never breaks the reader through a list in the old format', () => {
    const found = counterexample(
      fc.property(text, (content) => judge({ 'etc/apt/sources.list.d/x.list': `deb ${content}` }) === ''),
    )
    expect(found).toBe('')
  })

  it('never takes a cut database for a whole one', () => {
    const whole = ['a', 'b', 'c', 'd', 'e'].map((name) => statusEntry({ Package: name })).join('')
    const found = counterexample(
      fc.property(fc.integer({ min: statusEntry({}).length, max: whole.length }), (length) => {
        const cut = whole.slice(0, length)
        const count = countPackages(cut)
        // What is accepted ends exactly after an entry: all of its fields are there.
        const isWhole =
          cut.trimEnd().endsWith('Description: an example') && cut.trimEnd().split('\n\n').length === count
        return count === null || isWhole
      }),
    )
    expect(found).toBe('')
  })

  it('never breaks the reader through a changed byte in a database', () => {
    const whole = Buffer.from(['a', 'b', 'c'].map((name) => statusEntry({ Package: name, Source: 's (1)' })).join(''))
    const found = counterexample(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
        const changed = Buffer.from(whole)
        changed[at] = value
        return judge({ 'var/lib/dpkg/status': changed }) === ''
      }),
    )
    expect(found).toBe('')
  })
})

/** null: refused. */
function countPackages(status: string): number | null {
  try {
    return readAptEvidence(machineOf({ 'var/lib/dpkg/status': status })).inventory.packages.length
  } catch (error) {
    if (isFault(error, 'evidence_malformed')) return null
    throw error
  }
}
