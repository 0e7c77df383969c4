import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { afterAll, describe, expect, it } from 'vitest'

import { readRpmDatabase } from '#shared/domain/packaging/rpm/evidence/database/read-database.ts'
import type { RpmPackage } from '#shared/domain/packaging/rpm/model.ts'
import { installRoot, RPM_FOLDER } from '#test/support/rpm-world/install-root.ts'
import { makeRpmMachine } from '#test/support/rpm-world/machine.ts'
import { queryRpm } from '#test/support/rpm-world/query-rpm.ts'
import { planRpmWorld } from '#test/support/rpm-world/world.ts'
import { repositoryRoot } from '#test/support/samples.ts'
import { tellCount } from '#test/support/tell-count.ts'
import { requireTool } from '#test/support/tools.ts'

const samples = join(repositoryRoot, '../shared/samples/pkg')
const noRpm = requireTool('rpm')
const noSamples = existsSync(samples) ? '' : ' (skipped: the samples are not beside the repository)'
const folder = mkdtempSync(join(tmpdir(), 'lazaret-rpmdb-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Sample databases by where they lie, each with the name that rpm wants for the file. Debian's rpm is built without NDB. */
const DATABASES = [
  ['rpmdb/go-rpmdb__pkg__testdata__cbl-mariner-2.0__rpmdb.sqlite', 'rpmdb.sqlite'],
  ['rpmdb/syft__syft__pkg__cataloger__redhat__testdata__Packages', 'Packages'],
  ['rpmdb-generated/CentOS8Modularitylabel-bdb/Packages', 'Packages'],
  ['rpmdb-generated/CentOS8Modularitylabel-sqlite/rpmdb.sqlite', 'rpmdb.sqlite'],
  ['rpmdb-generated/wal-pending-centos8/rpmdb.sqlite', 'rpmdb.sqlite'],
] as const
const BACKENDS = { 'rpmdb.sqlite': 'sqlite', Packages: 'bdb_ro' } as const
type FileName = keyof typeof BACKENDS

/** Sample databases with what the rpm of their own distribution listed of them. */
const LISTED = [
  ['rpmdb/go-rpmdb__pkg__testdata__cbl-mariner-2.0__rpmdb.sqlite', '.expected.tsv'],
  ['rpmdb/go-rpmdb__pkg__testdata__sle15-bci__Packages.db', '.expected.tsv'],
  ['rpmdb/syft__syft__pkg__cataloger__redhat__testdata__Packages', '.expected.tsv'],
  ['rpmdb-generated/CentOS8Modularitylabel-bdb/Packages', '/../expected-rpm-qa.tsv'],
  ['rpmdb-generated/CentOS8Modularitylabel-sqlite/rpmdb.sqlite', '/../expected-rpm-qa.tsv'],
  ['rpmdb-generated/Fedora35PlusMongoDBWithSQLite3-ndb/Packages.db', '/../expected-rpm-qa.tsv'],
  ['rpmdb-generated/SLE15WithNDB-ndb/Packages.db', '/../expected-rpm-qa.tsv'],
] as const

describe.skipIf(noSamples !== '')(`databases with a listing beside them${noSamples}`, () => {
  it.each(LISTED)('reads from %s what was listed', (path, listing) => {
    const bytes = readFileSync(join(samples, path))
    const lines = readFileSync(join(samples, `${path}${listing}`), 'utf8').split('\n')

    const expected = lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.replaceAll('\t\t', '\t(none)\t'))
      .toSorted()
    expect(expected.length).toBeGreaterThan(0)
    expect(readRpmDatabase({ path, bytes }).map(writeListed).toSorted()).toEqual(expected)
  })
})

function writeListed(one: RpmPackage): string {
  const { name, epoch, version, release, architecture, vendor, module, sourceRpm } = one
  const fields = [name, epoch ?? '', version, release, architecture, vendor, module, sourceRpm]
  return fields.map((field) => (field === '' ? '(none)' : field)).join('\t')
}

describe.skipIf(noRpm + noSamples !== '')(`databases of real and generated machines${noRpm}${noSamples}`, () => {
  it.each(DATABASES)('reads from %s what rpm reads', async (path, name) => {
    const { ours, theirs } = await readBoth(join(samples, path), name)

    expect(theirs.length).toBeGreaterThan(0)
    expect(ours).toEqual(theirs)
  })

  it('reads from the database of every scenario what rpm reads', async () => {
    const scenarios = readdirSync(join(samples, 'scenarios-rpm'))
    let packages = 0
    for (const scenario of scenarios) {
      const path = join(samples, 'scenarios-rpm', scenario, 'var/lib/rpm/rpmdb.sqlite')
      const { ours, theirs } = await readBoth(path, 'rpmdb.sqlite')
      packages += theirs.length

      expect({ scenario, packages: ours }).toEqual({ scenario, packages: theirs })
    }
    tellCount('databases of scenarios', { read: scenarios.length, packages })
    expect(scenarios.length).toBeGreaterThanOrEqual(25)
    expect(packages).toBeGreaterThan(scenarios.length)
  })
})

describe.skipIf(noRpm !== '')(`databases that rpm has just written${noRpm}`, () => {
  const world = planRpmWorld('databases')

  it('reads from SQLite what rpm put into it', async () => {
    const root = join(folder, 'fresh')
    const machine = makeRpmMachine(world, 1, 'dnf4')
    await installRoot(root, machine, join(folder, 'pool'))
    const { ours, theirs } = await readBoth(join(root, RPM_FOLDER, 'rpmdb.sqlite'), 'rpmdb.sqlite')

    expect(ours).toEqual(theirs)
    expect(ours.map(({ name }) => name).toSorted()).toEqual(machine.installed.map(({ name }) => name).toSorted())
  })

  it('reads a database of which the newest change is still in the write-ahead log', async () => {
    const root = join(folder, 'log')
    const machine = makeRpmMachine(world, 2, 'dnf4')
    await installRoot(root, machine, join(folder, 'pool'))
    const path = join(root, RPM_FOLDER, 'rpmdb.sqlite')
    const before = readRpmDatabase({ path, bytes: readFileSync(path) })
    const database = new DatabaseSync(path)
    try {
      database.exec('PRAGMA foreign_keys=OFF; PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0')
      database.exec('DELETE FROM Packages WHERE hnum = (SELECT max(hnum) FROM Packages)')
      const wal = readFileSync(`${path}-wal`)

      expect(wal.length).toBeGreaterThan(0)
      expect(readRpmDatabase({ path, bytes: readFileSync(path), wal })).toEqual(before.slice(0, -1))
      expect(readRpmDatabase({ path, bytes: readFileSync(path) })).toEqual(before)
    } finally {
      database.close()
    }
  })
})

/** Both readings of a copy of the database, in the order of rpm's keys. */
async function readBoth(path: string, name: FileName): Promise<{ ours: RpmPackage[]; theirs: RpmPackage[] }> {
  const copy = mkdtempSync(join(folder, 'copy-'))
  mkdirSync(copy, { recursive: true })
  cpSync(path, join(copy, name))
  if (existsSync(`${path}-wal`)) cpSync(`${path}-wal`, join(copy, `${name}-wal`))
  const bytes = readFileSync(join(copy, name))
  const wal = existsSync(join(copy, `${name}-wal`)) ? readFileSync(join(copy, `${name}-wal`)) : undefined
  const ours = readRpmDatabase({ path: name, bytes, ...(wal === undefined ? {} : { wal }) })
  const theirs = await queryRpm(copy, ['--define', `_db_backend ${BACKENDS[name]}`])
  return { ours: ours.toSorted(byText), theirs: theirs.toSorted(byText) }
}

function byText(a: RpmPackage, b: RpmPackage): number {
  const [first, second] = [JSON.stringify(a), JSON.stringify(b)]
  return first < second ? -1 : first > second ? 1 : 0
}
