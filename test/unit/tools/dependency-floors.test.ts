import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openDatabase, requireSafeSqlite } from '#adapters/embedded/storing/database.ts'
import { compareAptVersions } from '#shared/domain/packaging/apt/version.ts'
import { tellCount } from '#test/support/tell-count.ts'

const ROOT = join(import.meta.dirname, '../../..')

const Entry = z.looseObject({
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  license: z.string().optional(),
  dev: z.boolean().default(false),
  hasInstallScript: z.boolean().default(false),
})
const Lock = z.looseObject({ packages: z.record(z.string(), Entry) })

const lock = Lock.parse(JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')))
const installed = Object.entries(lock.packages)
  .filter(([path]) => path !== '')
  .map(([path, entry]) => ({
    name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
    path,
    ...entry,
  }))

/** The lowest version without a known hole that would matter here. */
const FLOORS: Readonly<Record<string, string>> = {
  // CVE-2025-47934: a signed message read as another text.
  openpgp: '6.1.1',
  // Its memory limit counts only from then on.
  '@napi-rs/lzma': '1.5.3',
  // CVE-2026-22036: chains of Content-Encoding without bound.
  undici: '7.18.2',
  // Quadratic time, and aliases without limit.
  'js-yaml': '4.3.2',
  nodemailer: '9.1.1',
}

/** Parsers of archives and XML with a history of holes; what strangers send is never given to them. */
const UNWANTED = ['tar', 'node-tar', 'fast-xml-parser', 'xml2js', 'private-ip', 'ip', 'ssrfcheck']

const LICENCES = ['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'LGPL-3.0+', 'BlueOak-1.0.0']

describe('what the product depends on', () => {
  it('keeps the floors', () => {
    const below = installed.filter(({ name, version = '' }) => {
      const floor = FLOORS[name]
      return floor !== undefined && compareAptVersions(version, floor) < 0
    })
    tellCount('dependencies', { installed: installed.length, 'below a floor': below.length })

    expect(below.map(({ name, version }) => `${name} ${version}`)).toEqual([])
    expect(installed.map(({ name }) => name)).toEqual(expect.arrayContaining(['openpgp', '@napi-rs/lzma']))
  })

  it('has no parser that strangers have broken again and again', () => {
    const found = installed.filter(({ name, dev }) => !dev && UNWANTED.includes(name))

    expect(found.map(({ path }) => path)).toEqual([])
  })

  it('names no address in the lock, and a checksum for everything', () => {
    const addressed = installed.filter(({ resolved }) => resolved !== undefined)
    const unchecked = installed.filter(({ integrity }) => integrity === undefined || !integrity.startsWith('sha512-'))

    expect(addressed.map(({ path }) => path)).toEqual([])
    expect(unchecked.map(({ path }) => path)).toEqual([])
  })

  it('runs no script when it is installed', () => {
    const scripts = installed.filter(({ hasInstallScript, dev }) => hasInstallScript && !dev)

    expect(scripts.map(({ path }) => path)).toEqual([])
  })

  it('comes under licences that go together with the product', async () => {
    const runtime = installed.filter(({ dev }) => !dev)
    const licences = await Promise.all(
      runtime.map(async (one) => ({ ...one, licence: one.license ?? (await licenceOf(one.path)) })),
    )
    const strange = licences.filter(({ licence }) => !LICENCES.includes(licence))

    expect(runtime.length).toBeGreaterThan(10)
    expect(strange.map(({ path, licence }) => `${path}: ${licence}`)).toEqual([])
  })
})

describe('SQLite', () => {
  it.each(['3.51.3', '3.52.0', '3.53.4', '4.0.0'])('%s is safe', (version) => {
    expect(() => requireSafeSqlite(version)).not.toThrow()
  })

  it.each(['3.51.2', '3.50.7', '3.44.6', '3.7.0', '2.8.17', ''])(
    '%s is refused: it can lose what was stored',
    (version) => {
      expect(() => requireSafeSqlite(version)).toThrow(/SQLite .* can lose what was stored: 3\.51\.3 is needed/)
    },
  )

  it('of this Node.js is looked at when the database is opened', () => {
    const database = openDatabase(':memory:')
    const row = database.prepare('SELECT sqlite_version() AS version').get()
    database.close()

    expect(compareAptVersions(String(row?.version), '3.51.3')).toBeGreaterThanOrEqual(0)
  })
})

/** What the package itself says; platform packages that are not installed here say it in the lock or nowhere. */
async function licenceOf(path: string): Promise<string> {
  const text = await readFile(join(ROOT, path, 'package.json'), 'utf8').catch(() => '{}')
  return z.looseObject({ license: z.string().default('none') }).parse(JSON.parse(text)).license
}
