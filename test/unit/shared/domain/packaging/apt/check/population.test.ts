import { describe, expect, it } from 'vitest'

import { checkApt } from '#shared/domain/packaging/apt/check/check.ts'
import type { AptCheckInput } from '#shared/domain/packaging/apt/check/offers.ts'
import { openNumberPool, openNumberTable } from '#shared/domain/packaging/apt/check/number-table.ts'
import { openUnitIndex } from '#shared/domain/packaging/apt/check/unit-index.ts'
import { decodeAptInventory, encodeAptInventory } from '#shared/domain/packaging/apt/evidence/inventory-codec.ts'
import type { AptInventory, AptPackage } from '#shared/domain/packaging/apt/model.ts'
import { seededNumbers } from '#test/support/seeded.ts'
import { makePackage, openSmall, tellUpdates } from '#test/support/small-machine.ts'

// In the order in which an inventory is stored: the order of packages decides a few answers.
const NAMES = 'abcdefghijkl'.split('').map((letter) => `p${letter}`)

/** Machines of one archive, whose packages need, provide and refuse one another at random. */
function drawFleet(seed: number, machines: number) {
  const draw = seededNumbers(seed)
  const pick = () => `${NAMES[draw(NAMES.length)]}${['', ' (>= 2)', ' (= 1)', ' (<< 2)', ' | v0'][draw(5)]}`
  const relations = () => ({
    depends: draw(2) === 0 ? pick() : '',
    conflicts: draw(8) === 0 ? `${NAMES[draw(NAMES.length)]} (<< 1)` : '',
    breaks: draw(6) === 0 ? `${NAMES[draw(NAMES.length)]} (${['<< 2', '>= 2'][draw(2)]})` : '',
    provides: draw(3) === 0 ? `v${draw(3)}` : '',
    recommends: draw(4) === 0 ? pick() : '',
  })
  const versions = ['1', '2'].map((version) => NAMES.map((name) => ({ name, version, ...relations() })))
  const world = openSmall({ installed: [], repositories: [{ offers: versions.flat() }] })
  const inventories = Array.from({ length: machines }, () => ({
    architecture: 'amd64',
    foreignArchitectures: [],
    packages: NAMES.flatMap((_, at) => (draw(3) === 0 ? [] : [makePackage(versions[draw(6) === 0 ? 1 : 0]![at]!)])),
  }))
  return { world, inventories }
}

function store(inventory: AptInventory): AptInventory {
  return decodeAptInventory(encodeAptInventory(inventory))
}

/** Alone in the world: nothing is known from before. */
function checkAfresh(world: AptCheckInput, inventory: AptInventory): string[] {
  return tellUpdates(
    checkApt({ ...world, lists: new Map([...world.lists].map(([key, list]) => [key, { ...list }])), inventory }),
  )
}

describe('what machines with the same offers share', () => {
  it('changes no answer, whoever was checked before and whether the inventory was stored', () => {
    const told = new Set<string>()
    for (let seed = 1; seed <= 40; seed += 1) {
      const { world, inventories } = drawFleet(seed, 12)
      for (const inventory of [...inventories, ...inventories.toReversed()]) {
        const alone = checkAfresh(world, inventory)
        expect(tellUpdates(checkApt({ ...world, inventory })), `seed ${seed}`).toEqual(alone)
        expect(tellUpdates(checkApt({ ...world, inventory: store(inventory) })), `seed ${seed}`).toEqual(alone)
        for (const line of alone) told.add(/\(.*/.exec(line)?.[0] ?? 'installable')
      }
    }
    expect([...told].toSorted()).toEqual(['(dependency)', '(needs-new-package)', 'installable'])
  })

  it('keeps what an installed package refuses in its new version only, however often the machine is checked', () => {
    const installed = [
      { name: 'guard', version: '1', breaks: 'lib (>= 2)' },
      { name: 'lib', version: '1' },
    ]
    const world = openSmall({ installed, repositories: [{ offers: [{ name: 'lib', version: '2' }] }] })
    const answers = Array.from({ length: 3 }, () =>
      tellUpdates(checkApt({ ...world, inventory: store(world.inventory) })),
    )

    expect(answers).toEqual(Array.from({ length: 3 }, () => ['lib 1 -> 2 (dependency)']))
  })

  it('says that nothing is installable on a machine that has one package twice', () => {
    const { world } = drawFleet(1, 0)
    const told = makePackage({ name: 'pb', version: '0' })
    const { packages, identities } = store({ architecture: 'amd64', foreignArchitectures: [], packages: [told] })
    const twice = {
      architecture: 'amd64',
      foreignArchitectures: [],
      packages: [...packages, ...packages],
      identities: Int32Array.of(...identities!, ...identities!),
    }

    const { updates } = checkApt({ ...world, inventory: twice })

    expect(updates.map(({ name, heldBackBy }) => [name, heldBackBy])).toEqual([
      ['pb', ['dependency']],
      ['pb', ['dependency']],
    ])
  })
})

describe('the index of units', () => {
  const packagesOf = (count: number): AptPackage[] =>
    Array.from({ length: count }, (_, at) => makePackage({ name: `p${at}`, version: '1' }))
  const open = () => {
    const added: string[] = []
    return { added, index: openUnitIndex(({ name }) => added.push(name)) }
  }
  const inventoryOf = (words: readonly number[]): AptInventory => ({
    architecture: 'amd64',
    foreignArchitectures: [],
    packages: packagesOf(words.length / 3),
    identities: Int32Array.from(words),
  })

  it('tells packages apart by every word of their identity, in any order', () => {
    const { added, index } = open()

    expect([...index.find(inventoryOf([7, 1, 1, 7, 2, 1, 7, 1, 2, 0, 0, 0]))]).toEqual([1, 2, 3, 4])
    expect([...index.find(inventoryOf([7, 1, 2, 0, 0, 0, 7, 1, 1, 7, 2, 1]))]).toEqual([3, 4, 1, 2])
    expect(added).toHaveLength(4)
  })

  it('takes in again what has no identity, or identities that are not of these packages', () => {
    const { added, index } = open()
    const { identities: _, ...bare } = inventoryOf([1, 2, 3])
    index.find(bare)
    index.find(bare)
    index.find({ ...bare, identities: Int32Array.of(1, 2) })

    expect(added).toHaveLength(3)
  })
})

describe('tables of numbers', () => {
  it('keep what was written as they grow, and have zeros where nothing was', () => {
    const table = openNumberTable(['written', 'empty'])
    for (let made = 0; made < 5000; made += 1) {
      const row = table.add()
      table.columns.written[row] = row
    }

    expect(table.count()).toBe(5000)
    expect([1, 1023, 1024, 5000].map((row) => table.columns.written[row])).toEqual([1, 1023, 1024, 5000])
    expect(table.columns.empty[5000]).toBe(0)
  })

  it('put lists one behind the other, none at the beginning', () => {
    const pool = openNumberPool()
    const starts = [[1, 2], [], Array.from({ length: 3000 }, (_, at) => at), [9]].map((list) => pool.append(list))

    expect(starts).toEqual([1, 3, 3, 3003])
    expect([pool.cells[2], pool.cells[3002], pool.cells[3003]]).toEqual([2, 2999, 9])
  })
})
