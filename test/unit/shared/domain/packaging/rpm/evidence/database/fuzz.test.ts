import { describe, expect, it } from 'vitest'
import { readRpmDatabase, type RpmDatabase } from '#shared/domain/packaging/rpm/evidence/database/read-database.ts'
import { isFault } from '#shared/domain/fault.ts'
import { makeHeader, makeNdb, noDatabaseSamples, packageTags, readSampleDatabase } from '#test/support/rpm-databases.ts'
import { runs } from '#test/support/runs.ts'
import { seededNumbers } from '#test/support/seeded.ts'

/** Slow enough to let a busy machine be, quick enough to see a reader that goes in circles. */
const MAX_MS = 2000
const SEED = runs().seed ?? 20_260_101
const INTERESTING = [0, 1, 2, 0x7f, 0x80, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]

/** Changes a few bytes, numbers or stretches, or cuts the end off; says what was done. */
function mutate(bytes: Buffer, random: (below: number) => number): Buffer {
  const changed = Buffer.from(bytes)
  for (let left = 1 + random(4); left > 0; left -= 1) {
    // Heads of files and pages are where the structure is.
    const base = random(2) === 0 ? random(changed.length) : Math.floor(random(changed.length) / 512) * 512 + random(48)
    const at = Math.min(base, changed.length - 4)
    const kind = random(5)
    if (kind === 0) changed[at] = random(256)
    if (kind === 1) changed.writeUInt32BE(INTERESTING[random(INTERESTING.length)] ?? 0, at)
    if (kind === 2)
      changed.writeUInt32LE(
        random(2) === 0 ? random(changed.length) : (INTERESTING[random(INTERESTING.length)] ?? 0),
        at,
      )
    if (kind === 3) changed.copy(changed, at, random(changed.length), random(changed.length))
    if (kind === 4 && random(8) === 0) return changed.subarray(0, random(changed.length))
  }
  return changed
}

/** What is wrong with the answer; '' when nothing is. */
function judge(database: RpmDatabase, most: number): string {
  const started = performance.now()
  const said = answer(database, most)
  return performance.now() - started > MAX_MS ? 'too slow' : said
}

function answer(database: RpmDatabase, most: number): string {
  try {
    const packages = readRpmDatabase(database)
    return packages.length > most ? `${packages.length} packages out of ${most}` : ''
  } catch (error) {
    const isRefused = isFault(error) && ['evidence_malformed', 'quota_exceeded'].includes(error.code)
    return isRefused && error.place.file === database.path ? '' : String(error)
  }
}

/** The first trouble among so many seeded mutations, with the seed that finds it again. */
function attack({ path, bytes, wal }: RpmDatabase, count: number, target: 'bytes' | 'wal' = 'bytes'): string {
  const most = readRpmDatabase({ path, bytes, ...(wal === undefined ? {} : { wal }) }).length + 5
  for (let round = 0; round < count; round += 1) {
    const random = seededNumbers(SEED + round)
    const hit = mutate(Buffer.from((target === 'wal' ? wal : bytes) ?? bytes), random)
    const database =
      target === 'wal' ? { path, bytes, wal: hit } : { path, bytes: hit, ...(wal === undefined ? {} : { wal }) }
    const said = judge(database, most)
    if (said !== '') return `seed ${SEED + round}: ${said}`
  }
  return ''
}

const { numRuns } = runs()

describe('databases from strangers', () => {
  it('never break the reader of NDB', () => {
    const header = makeHeader(
      packageTags('a', [
        [1047, ['a', 'b']],
        [1112, [8, 0]],
        [1113, ['1', '']],
      ]),
    )
    expect(attack({ path: 'p', bytes: makeNdb([header, header, header]) }, numRuns)).toBe('')
  })

  describe.skipIf(noDatabaseSamples !== '')(`made of samples${noDatabaseSamples}`, () => {
    const small = 'scenarios-rpm/r01-basic/var/lib/rpm/rpmdb.sqlite'
    it('never break the reader of SQLite', () => {
      expect(attack(readSampleDatabase(small), numRuns)).toBe('')
    })

    it('never break the reader of Berkeley DB', () => {
      expect(attack(readSampleDatabase('rpmdb/syft__syft__pkg__cataloger__redhat__testdata__Packages'), numRuns)).toBe(
        '',
      )
    })

    it('never break the reader of NDB as SUSE writes it', () => {
      expect(attack(readSampleDatabase('rpmdb-generated/SLE15WithNDB-ndb/Packages.db'), numRuns)).toBe('')
    })

    it('never break the reader of write-ahead logs', () => {
      expect(attack(readSampleDatabase('rpmdb-generated/wal-pending-centos8/rpmdb.sqlite'), numRuns / 50, 'wal')).toBe(
        '',
      )
    })

    it('are never read with fewer packages where any page is put in the place of any other', () => {
      const { path, bytes } = readSampleDatabase(small)
      const whole = readRpmDatabase({ path, bytes }).length
      const pages = bytes.length / 4096
      const counts = new Set<number>()
      for (let to = 0; to < pages; to += 1) {
        for (let from = 0; from < pages; from += 1) {
          const changed = Buffer.from(bytes)
          changed.copyWithin(to * 4096, from * 4096, (from + 1) * 4096)
          try {
            counts.add(readRpmDatabase({ path, bytes: changed }).length)
          } catch (error) {
            if (!isFault(error, 'evidence_malformed')) throw error
          }
        }
      }
      expect([...counts]).toEqual([whole])
    })
  })
})
