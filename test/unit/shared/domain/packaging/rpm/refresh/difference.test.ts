import { describe, expect, it } from 'vitest'
import type { Snapshot } from '#shared/domain/packaging/package-system.ts'
import { differenceOfRpmSnapshots } from '#shared/domain/packaging/rpm/refresh/difference.ts'
import { openRpmList } from '#shared/domain/packaging/rpm/refresh/list-format.ts'
import { openRpmRefreshWorld } from '#test/support/rpm-refresh-world.ts'
import { makeYumFiles, packageXml, updatesXml, type YumFilesOptions } from '#test/support/yum-files.ts'

/** The difference between two states of a repository. */
async function differenceOf(before: YumFilesOptions, after: YumFilesOptions): Promise<string[] | null> {
  const world = openRpmRefreshWorld()
  const snapshots: Snapshot[] = []
  for (const options of [before, after]) {
    world.serve(makeYumFiles(options))
    snapshots.push(await world.refreshed())
  }
  const lists = new Map([...world.stored].map(([key, bytes]) => [key, openRpmList(bytes)]))
  const [first = null, second] = snapshots
  if (second === undefined) throw new Error('there is no second snapshot')

  const difference = differenceOfRpmSnapshots(first, second, lists)
  return difference === null ? null : [...difference].toSorted()
}

const later = { timestamp: 1_764_600_000 }
const a = packageXml({ name: 'a' })
const b = packageXml({ name: 'b' })
const MODULE = '---\ndocument: modulemd\nversion: 2\ndata:\n  name: web\n  stream: 1\n'

describe('the difference of two snapshots of a yum repository', () => {
  it('is nothing when only dates differ', async () => {
    expect(await differenceOf({ packages: [a] }, { packages: [a], ...later })).toEqual([])
  })

  it('is nothing when the same packages stand in another order', async () => {
    expect(await differenceOf({ packages: [a, b] }, { packages: [b, a], ...later })).toEqual([])
  })

  it('is the names that changed, came or went', async () => {
    const packages = [a, packageXml({ name: 'b', version: '2.0-1' }), packageXml({ name: 'd' })]
    expect(await differenceOf({ packages: [a, b, packageXml({ name: 'c' })] }, { packages, ...later })).toEqual([
      'b',
      'c',
      'd',
    ])
  })

  it.each([
    ['a requirement', '<rpm:requires><rpm:entry name="x"/></rpm:requires>'],
    ['a conflict', '<rpm:conflicts><rpm:entry name="x" flags="LT" ver="1"/></rpm:conflicts>'],
  ])('is a name of which only %s differs', async (_, format) => {
    expect(
      await differenceOf({ packages: [a, b] }, { packages: [packageXml({ name: 'a', format }), b], ...later }),
    ).toEqual(['a'])
  })

  it('is a name of which only an operator differs', async () => {
    const requiring = (flags: string) =>
      packageXml({ name: 'a', format: `<rpm:requires><rpm:entry name="x" flags="${flags}" ver="1"/></rpm:requires>` })

    expect(await differenceOf({ packages: [requiring('LE')] }, { packages: [requiring('GE')], ...later })).toEqual([
      'a',
    ])
  })

  it('is what changed packages provide and obsolete as well, before and after', async () => {
    const old = packageXml({
      name: 'a',
      format: '<rpm:obsoletes><rpm:entry name="older"/></rpm:obsoletes><file>/bin/old</file>',
    })
    const fresh = packageXml({
      name: 'a',
      format: '<rpm:obsoletes><rpm:entry name="elder" flags="LT" ver="1"/></rpm:obsoletes>',
    })

    expect(await differenceOf({ packages: [old, b] }, { packages: [fresh, b], ...later })).toEqual([
      '/bin/old',
      'a',
      'elder',
      'older',
    ])
  })

  it('is the names whose advisories differ', async () => {
    const packages = [a, b]
    const updates = (severity: string) =>
      updatesXml([
        { id: 'A', name: 'a', evr: '1-1', severity },
        { id: 'B', name: 'b', evr: '1-1' },
      ])

    expect(
      await differenceOf(
        { packages, updateinfo: updates('Low') },
        { packages, updateinfo: updates('Critical'), ...later },
      ),
    ).toEqual(['a'])
    expect(
      await differenceOf({ packages, updateinfo: updatesXml([]) }, { packages, updateinfo: updates('Low'), ...later }),
    ).toEqual(['a', 'b'])
  })

  it('is everything when advisories come or go, or module data differ', async () => {
    expect(await differenceOf({}, { updateinfo: updatesXml([]), ...later })).toBeNull()
    expect(await differenceOf({}, { modules: MODULE, ...later })).toBeNull()
    expect(await differenceOf({ modules: MODULE }, { modules: `${MODULE}  arch: x86_64\n`, ...later })).toBeNull()
    expect(await differenceOf({ modules: MODULE }, { modules: `${MODULE}\n`, ...later })).toEqual([])
  })

  it('is everything at first sight', async () => {
    const world = openRpmRefreshWorld()
    world.serve(makeYumFiles())
    expect(differenceOfRpmSnapshots(null, await world.refreshed(), new Map())).toBeNull()
  })
})
