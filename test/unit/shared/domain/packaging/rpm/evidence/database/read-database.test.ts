import { describe, expect, it } from 'vitest'
import { readRpmDatabase, type RpmDatabase } from '#shared/domain/packaging/rpm/evidence/database/read-database.ts'
import { isFault } from '#shared/domain/fault.ts'
import { makeHeader, makeNdb, noDatabaseSamples, packageTags, readSampleDatabase } from '#test/support/rpm-databases.ts'

/** The sentence with which a database is refused; null when it is not. */
function refusalOf(database: RpmDatabase): string | null {
  try {
    readRpmDatabase(database)
    return null
  } catch (error) {
    return isFault(error, 'evidence_malformed') && error.place.file === database.path ? error.message : String(error)
  }
}

const WITH_LOG = 'rpmdb-generated/wal-pending-centos8/rpmdb.sqlite'
const namesOf = (database: RpmDatabase) => readRpmDatabase(database).map(({ name }) => name)

describe('a made database', () => {
  const whole = makeHeader([
    [1000, 'glibc'],
    [1003, [2]],
    [1001, '2.34'],
    [1002, '100.el9'],
    [1022, 'x86_64'],
    [1011, 'Some\tVendor'],
    [1044, 'glibc-2.34-100.el9.src.rpm'],
    [1008, [1_700_000_000]],
    [5096, 'mod:1:20240101:abc'],
    [1047, ['glibc', 'libc.so.6']],
    [1112, [8, 16_384]],
    [1113, ['2:2.34-100.el9', '']],
    [1049, ['rpmlib(FileDigests)', 'basesystem', 'bash']],
    [1048, [16_777_226, 0, 12]],
    [1050, ['4.6.0-1', '', '5']],
    [1090, ['old', 'older']],
    [1114, [2, 10]],
    [1115, ['3', '1:4-2']],
  ])

  it('is read with all that a check needs of a package', () => {
    expect(readRpmDatabase({ path: 'p', bytes: makeNdb([whole]) })).toEqual([
      {
        name: 'glibc',
        epoch: 2,
        version: '2.34',
        release: '100.el9',
        architecture: 'x86_64',
        vendor: 'Some Vendor',
        sourceRpm: 'glibc-2.34-100.el9.src.rpm',
        installedAt: 1_700_000_000,
        module: 'mod:1:20240101:abc',
        relations: {
          provides: [
            { name: 'glibc', operator: '=', evr: '2:2.34-100.el9' },
            { name: 'libc.so.6', operator: '', evr: '' },
          ],
          requires: [
            { name: 'basesystem', operator: '', evr: '' },
            { name: 'bash', operator: '>=', evr: '5' },
          ],
          conflicts: [],
          obsoletes: [
            { name: 'old', operator: '<', evr: '3' },
            { name: 'older', operator: '<=', evr: '1:4-2' },
          ],
        },
      },
    ])
  })

  it('gives no package for a key, and null and empty texts for what a header leaves out', () => {
    const bytes = makeNdb([makeHeader(packageTags('gpg-pubkey')), makeHeader(packageTags('a'))])
    expect(readRpmDatabase({ path: 'p', bytes })).toEqual([
      expect.objectContaining({ name: 'a', epoch: null, vendor: '', sourceRpm: '', installedAt: null, module: '' }),
    ])
  })

  it('takes of a tag that is there twice the later one', () => {
    const header = makeHeader(packageTags('a', [[1001, '2.0']]))
    expect(readRpmDatabase({ path: 'p', bytes: makeNdb([header]) })[0]?.version).toBe('2.0')
  })

  it.each([
    [
      'no version',
      [
        [1000, 'a'],
        [1002, '1'],
        [1022, 'noarch'],
      ] as const,
      'a package has no version',
    ],
    ['a name with a line end', packageTags('a\nE 0'), 'a name or version holds a tab or a line end'],
    [
      'lists of different lengths',
      packageTags('a', [
        [1047, ['x', 'y']],
        [1112, [0]],
        [1113, ['', '']],
      ]),
      'differ in length',
    ],
    ['a number for a name', [[1000, [7]] as const, ...packageTags('a').slice(1)], 'tag 1000 is no text'],
    ['a text for an epoch', packageTags('a', [[1003, 'x']]), 'tag 1003 is no number'],
  ])('is refused with %s', (_, tags, sentence) => {
    expect(refusalOf({ path: 'p', bytes: makeNdb([makeHeader(tags)]) })).toContain(sentence)
  })

  it('is refused when two slots share one header, and when a checksum is wrong', () => {
    const shared = makeNdb([makeHeader(packageTags('a')), makeHeader(packageTags('b'))])
    shared.copy(shared, 32 + 16 + 8, 32 + 8, 32 + 16)
    expect(refusalOf({ path: 'p', bytes: shared })).toMatch(/two headers overlap|no header begins/)

    const flipped = makeNdb([makeHeader(packageTags('abc'))])
    const at = flipped.indexOf('abc')
    flipped[at] = 0x62
    expect(refusalOf({ path: 'p', bytes: flipped })).toContain('does not match its checksum')
  })

  it('is refused when a header is there that no slot leads to', () => {
    const bytes = makeNdb([makeHeader(packageTags('a')), makeHeader(packageTags('b'))])
    bytes.fill(0, 32 + 16 + 4, 32 + 32)
    expect(refusalOf({ path: 'p', bytes })).toContain('a header lies that no slot leads to')
  })

  it('is refused when one header lies inside another', () => {
    const inner = makeNdb([makeHeader(packageTags('first')), makeHeader(packageTags('inner'))]).subarray(4096 + 128)
    const numbers = Array.from({ length: inner.length / 4 }, (_, index) => inner.readUInt32BE(index * 4))
    const found = [0, 1, 2, 3].map((padding) => {
      const outer = makeHeader(
        packageTags('outer', [[9999, [...Array.from({ length: padding }, () => 0), ...numbers]]]),
      )
      const bytes = makeNdb([outer])
      const at = bytes.indexOf(inner.subarray(0, 16))
      bytes.writeUInt32LE(3, 16)
      bytes.writeUInt32LE(2, 32 + 16 + 4)
      bytes.writeUInt32LE(at / 16, 32 + 16 + 8)
      bytes.writeUInt32LE(inner.length / 16, 32 + 16 + 12)
      return at % 16 === 0 ? refusalOf({ path: 'p', bytes }) : 'not at a block'
    })
    expect(found.filter((sentence) => sentence !== 'not at a block')).toEqual([
      expect.stringContaining('two headers overlap'),
    ])
  })

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a text', Buffer.from('hello')],
    ['a page of zeros', Buffer.alloc(4096)],
  ])('is refused when it is %s', (_, bytes) => {
    expect(refusalOf({ path: 'var/lib/rpm/Packages', bytes })).toContain(
      'var/lib/rpm/Packages: at byte 0 no database of rpm begins',
    )
  })
})

describe.skipIf(noDatabaseSamples !== '')(`sample databases${noDatabaseSamples}`, () => {
  it('show with their write-ahead log what it has committed, and without it the state before', () => {
    const { path, bytes, wal } = readSampleDatabase(WITH_LOG)
    expect(namesOf({ path, bytes })).toHaveLength(517)
    expect(namesOf({ path, bytes, ...(wal === undefined ? {} : { wal }) })).toHaveLength(515)
  })

  it('show the state of the last whole commit of a write-ahead log that is cut, and ignore one of another database', () => {
    const { path, bytes, wal = new Uint8Array(0) } = readSampleDatabase(WITH_LOG)
    const foreign = Buffer.from(wal)
    foreign[16] = (foreign[16] ?? 0) ^ 1
    const countWith = (log: Uint8Array) => namesOf({ path, bytes, wal: log }).length
    // Its last commit adds one package, the one before took three away.
    expect(countWith(wal.subarray(0, wal.length - 1))).toBe(514)
    expect([wal.subarray(0, 40), foreign, new Uint8Array(0)].map(countWith)).toEqual([517, 517, 517])
  })

  it('ignore a frame of a write-ahead log, and all after it, whose content or origin is not right', () => {
    const { path, bytes, wal = new Uint8Array(0) } = readSampleDatabase(WITH_LOG)
    // The log's header, then of its first frame the page's number, the size after the commit, the salts, the checksums, the page.
    for (const at of [32, 40, 44, 48, 52, 56, 4000]) {
      const changed = Buffer.from(wal)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(namesOf({ path, bytes, wal: changed })).toHaveLength(517)
    }
  })

  it('are refused when pages of a package are there but no bucket leads to them', () => {
    const { path, bytes } = readSampleDatabase('rpmdb/syft__syft__pkg__cataloger__redhat__testdata__Packages')
    const changed = Buffer.from(bytes)
    for (let page = 4096; page < changed.length; page += 4096)
      if (changed[page + 25] === 13) changed.writeUInt16LE(0, page + 20)
    expect(refusalOf({ path, bytes: changed })).toContain('holds packages that no bucket leads to')
  })

  it('may be empty', () => {
    expect(namesOf(readSampleDatabase('rpmdb/rpm-parser__test__fixtures__rpm4_empty'))).toEqual([])
  })

  it.each([
    ['bdb-garbage.Packages', 'a header does not match its own digest'],
    ['bdb-truncate.Packages', 'the file ends: 401 pages should be there'],
    ['ndb-header.Packages.db', 'no database of rpm begins'],
    ['ndb-zero.Packages.db', 'no database of rpm begins'],
    ['sqlite-garbage.rpmdb.sqlite', 'an entry of a header points outside it'],
    ['sqlite-lenbomb.rpmdb.sqlite', 'a page of a table is none'],
    ['sqlite-truncate.rpmdb.sqlite', 'the file ends: 132 pages should be there, 44 are'],
  ])('are refused when they are damaged: %s', (file, sentence) => {
    const path = `rpmdb-malformed/${file}`
    expect(refusalOf(readSampleDatabase(path))).toMatch(new RegExp(`^${path}: at byte \\d+ `))
    expect(refusalOf(readSampleDatabase(path))).toContain(sentence)
  })

  // Its bomb lies in the unused rest of a page: rpm reads all of it too.
  it('are read when only bytes that nobody uses are damaged', () => {
    expect(namesOf(readSampleDatabase('rpmdb-malformed/bdb-lenbomb.Packages'))).toHaveLength(395)
  })
})
