import { describe, expect, it } from 'vitest'
import type { Evidence } from '#shared/domain/evidence.ts'
import { condenseRpmEvidence } from '#shared/domain/packaging/rpm/evidence/condense.ts'
import { chooseRpmDatabase } from '#shared/domain/packaging/rpm/evidence/database/choose-database.ts'
import { readRpmDatabase } from '#shared/domain/packaging/rpm/evidence/database/read-database.ts'
import { LISTING_FILE, readPackageListing } from '#shared/domain/packaging/rpm/evidence/package-listing.ts'
import { makeHeader, makeNdb, noDatabaseSamples, packageTags, readSampleDatabase } from '#test/support/rpm-databases.ts'

const ndbOf = (...names: string[]) =>
  makeNdb(
    names.map((name) =>
      makeHeader(
        packageTags(name, [
          [1047, [name]],
          [1112, [8]],
          [1113, ['1.0-1']],
        ]),
      ),
    ),
  )
const evidenceOf = (files: Record<string, Uint8Array>): Evidence => ({ files: new Map(Object.entries(files)) })
const textOf = ({ files }: Evidence, path: string) => Buffer.from(files.get(path) ?? []).toString()

describe('condensed evidence', () => {
  it('holds the list of packages in the place of the database, and everything else as it was', () => {
    const config = Buffer.from('[main]\n')
    const { files } = condenseRpmEvidence(
      evidenceOf({ 'var/lib/rpm/Packages.db': ndbOf('a', 'b'), 'etc/dnf/dnf.conf': config }),
    )
    expect([...files.keys()]).toEqual(['etc/dnf/dnf.conf', LISTING_FILE])
    expect(files.get('etc/dnf/dnf.conf')).toBe(config)
    expect(readPackageListing(files.get(LISTING_FILE) ?? config, LISTING_FILE)).toEqual(
      readRpmDatabase({ path: 'p', bytes: ndbOf('a', 'b') }),
    )
  })

  it('keeps a list that is there, and is whole without the database beside it', () => {
    const listing = Buffer.from('lazaret-rpm-packages 1\nE\t0\n')
    const { files } = condenseRpmEvidence(
      evidenceOf({ [LISTING_FILE]: listing, 'var/lib/rpm/Packages.db': ndbOf('a') }),
    )
    expect([...files]).toEqual([[LISTING_FILE, listing]])
  })

  it('is the same evidence where there is no database', () => {
    const evidence = evidenceOf({ 'var/lib/dpkg/status': Buffer.from('Package: a\n') })
    expect(condenseRpmEvidence(evidence)).toBe(evidence)
  })

  it('lacks an empty database, so that a machine of another package system is not taken for one of rpm', () => {
    const evidence = evidenceOf({
      'var/lib/dpkg/status': Buffer.from('Package: a\n'),
      'var/lib/rpm/Packages.db': makeNdb([]),
    })
    expect([...condenseRpmEvidence(evidence).files.keys()]).toEqual(['var/lib/dpkg/status'])
  })

  it('is refused where a database is damaged, even beside a sound one', () => {
    const evidence = evidenceOf({
      'var/lib/rpm/Packages.db': ndbOf('a'),
      'var/lib/rpm/rpmdb.sqlite': Buffer.from('cut'),
    })
    expect(() => condenseRpmEvidence(evidence)).toThrow('var/lib/rpm/rpmdb.sqlite: at byte 0')
  })

  it('says which older database with packages was passed over', () => {
    const evidence = evidenceOf({
      'var/lib/rpm/Packages': ndbOf('old'),
      'usr/lib/sysimage/rpm/Packages.db': ndbOf('new'),
      'lazaret/omitted': Buffer.from('x\tno permission\n'),
    })
    expect(textOf(condenseRpmEvidence(evidence), 'lazaret/omitted')).toBe(
      'x\tno permission\nvar/lib/rpm/Packages\tan older database next to usr/lib/sysimage/rpm/Packages.db, which was read\n',
    )
  })

  it('takes one database that two paths lead to for one, and an empty one for none where another is full', () => {
    const same = evidenceOf({ 'var/lib/rpm/Packages.db': ndbOf('a'), 'usr/lib/sysimage/rpm/Packages.db': ndbOf('a') })
    expect(chooseRpmDatabase(same)).toMatchObject({ path: 'usr/lib/sysimage/rpm/Packages.db', passedOver: [] })
    const empty = evidenceOf({ 'usr/lib/sysimage/rpm/Packages.db': makeNdb([]), 'var/lib/rpm/Packages': ndbOf('a') })
    expect(chooseRpmDatabase(empty)).toMatchObject({ path: 'var/lib/rpm/Packages', passedOver: [] })
  })

  it.skipIf(noDatabaseSamples !== '')(`applies the write-ahead log first${noDatabaseSamples}`, () => {
    const { bytes, wal = new Uint8Array(0) } = readSampleDatabase('rpmdb-generated/wal-pending-centos8/rpmdb.sqlite')
    const evidence = evidenceOf({ 'var/lib/rpm/rpmdb.sqlite': bytes, 'var/lib/rpm/rpmdb.sqlite-wal': wal })
    expect(textOf(condenseRpmEvidence(evidence), LISTING_FILE)).toMatch(/\nE\t515\n$/)
  })
})
