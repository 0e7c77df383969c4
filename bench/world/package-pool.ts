import { openPackageNames } from '#shared/domain/packaging/apt/check/package-name.ts'
import { openRelationStock } from '#shared/domain/packaging/apt/check/relation-stock.ts'
import { acceptsVersion, parseRelations } from '#shared/domain/packaging/apt/check/relations.ts'
import type { Relation } from '#shared/domain/packaging/apt/check/relations.ts'
import { fieldOf } from './stanzas.ts'
import type { Stanza } from './stanzas.ts'

/** Packages of one index that can all be installed together: any of them with what they need is a machine that stands. */
export interface PackagePool {
  readonly members: readonly Stanza[]
  /** Of each member: the members that fulfil its dependencies, by number. */
  readonly needs: readonly (readonly number[])[]
}

/** About `size` packages of the index, those of `first` before others. */
export function fillPool(
  index: readonly Stanza[],
  first: readonly string[],
  size: number,
  draw: (below: number) => number,
): PackagePool {
  const shelf = openShelf(index)
  const pool: Pool = { numbers: new Map(), members: [], needs: [], offered: new Map(), refused: new Map() }
  for (const name of first) if (pool.members.length < size) addWhole(shelf, pool, name)
  for (let attempt = 0; pool.members.length < size && attempt < 20 * size; attempt += 1) {
    addWhole(shelf, pool, index[draw(index.length)]?.name ?? '')
  }
  return { members: pool.members, needs: pool.needs }
}

/** Numbers of members with everything they need: the first `common` of the pool, then drawn ones, until there are `size`. */
export function drawMembers(
  needs: PackagePool['needs'],
  size: number,
  common: number,
  draw: (below: number) => number,
): number[] {
  const chosen = new Set<number>()
  const add = (number: number) => {
    const open = [number]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (chosen.has(next)) continue
      chosen.add(next)
      open.push(...(needs[next] ?? []))
    }
  }
  for (let number = 0; number < Math.min(common, needs.length) && chosen.size < size; number += 1) add(number)
  for (let attempt = 0; chosen.size < size && attempt < 20 * size; attempt += 1) add(draw(needs.length))
  return [...chosen]
}

/** A relation, and the name that it speaks of as text. */
interface Wanted {
  readonly name: string
  readonly relation: Relation
}

interface Relations {
  readonly depends: readonly (readonly Wanted[])[]
  readonly conflicts: readonly Wanted[]
  readonly provides: readonly string[]
}

interface Shelf {
  readonly byName: ReadonlyMap<string, Stanza>
  readonly providers: ReadonlyMap<string, readonly string[]>
  relationsOf(stanza: Stanza): Relations
}

interface Pool {
  readonly numbers: Map<string, number>
  readonly members: Stanza[]
  readonly needs: number[][]
  /** How many members are or provide this name. */
  readonly offered: Map<string, number>
  readonly refused: Map<string, Wanted[]>
}

function openShelf(index: readonly Stanza[]): Shelf {
  const providers = new Map<string, string[]>()
  for (const { name, text } of index) {
    for (const part of fieldOf(text, 'Provides').split(',')) {
      const virtual = part.trim().split(/[ (:]/)[0] ?? ''
      const known = providers.get(virtual)
      if (known === undefined) providers.set(virtual, [name])
      else known.push(name)
    }
  }
  const names = openRelationStock(openPackageNames()).namesFor('amd64')
  const read = new Map<Stanza, Relations>()
  return {
    byName: new Map(index.map((stanza) => [stanza.name, stanza])),
    providers,
    relationsOf(stanza) {
      const known = read.get(stanza)
      if (known !== undefined) return known

      const { depends, conflicts, provides } = parseRelations(relationFields(stanza.text), names)
      const relations = {
        depends: depends.map((group) => group.relations.map(wantedBy)),
        conflicts: conflicts.map(({ relation }) => wantedBy(relation)),
        provides: provides.map(({ name }) => name.text),
      }
      read.set(stanza, relations)
      return relations
    },
  }
}

function wantedBy(relation: Relation): Wanted {
  return { name: relation.name.text, relation }
}

/** The package with all that it needs, or, where something cannot stand with the pool, nothing. */
function addWhole(shelf: Shelf, pool: Pool, name: string): void {
  const wanted = new Map<string, Stanza>()
  if (!collect(shelf, pool, name, wanted)) return

  const taken: Stanza[] = []
  for (const stanza of wanted.values()) {
    if (clashes(shelf, pool, stanza)) {
      for (const back of taken.toReversed()) give(shelf, pool, back)
      return
    }
    take(shelf, pool, stanza)
    taken.push(stanza)
  }
  for (const stanza of taken) {
    const number = pool.numbers.get(stanza.name) ?? 0
    pool.needs[number] = shelf.relationsOf(stanza).depends.flatMap((group) => {
      const met = findTargets(shelf, pool, group).find((target) => pool.numbers.has(target))
      return pool.numbers.get(met ?? '') ?? []
    })
  }
}

function collect(shelf: Shelf, pool: Pool, name: string, wanted: Map<string, Stanza>): boolean {
  const stanza = shelf.byName.get(name)
  if (stanza === undefined) return false
  if (pool.numbers.has(name) || wanted.has(name)) return true

  wanted.set(name, stanza)
  return shelf.relationsOf(stanza).depends.every((group) => {
    const targets = findTargets(shelf, pool, group)
    const met = targets.find((target) => pool.numbers.has(target) || wanted.has(target)) ?? targets[0]
    return met !== undefined && collect(shelf, pool, met, wanted)
  })
}

function findTargets(shelf: Shelf, pool: Pool, group: readonly Wanted[]): string[] {
  return group.flatMap(({ name, relation }) => {
    const real = shelf.byName.get(name)
    if (real !== undefined && acceptsVersion(relation, real.version)) return [real.name]
    if (relation.operator !== '') return []

    const providers = shelf.providers.get(name) ?? []
    return providers.find((provider) => pool.numbers.has(provider)) ?? providers[0] ?? []
  })
}

function clashes(shelf: Shelf, pool: Pool, stanza: Stanza): boolean {
  const own = ownNames(shelf, stanza)
  const refuses = shelf.relationsOf(stanza).conflicts.some(({ name, relation }) => {
    if (own.has(name) || (pool.offered.get(name) ?? 0) === 0) return false

    const real = pool.members[pool.numbers.get(name) ?? -1]
    return real === undefined || acceptsVersion(relation, real.version)
  })
  const isRefused = (name: string) =>
    (pool.refused.get(name) ?? []).some(({ relation }) => acceptsVersion(relation, stanza.version))
  return refuses || [...own].some(isRefused)
}

function ownNames(shelf: Shelf, stanza: Stanza): Set<string> {
  return new Set([stanza.name, ...shelf.relationsOf(stanza).provides])
}

function take(shelf: Shelf, pool: Pool, stanza: Stanza): void {
  pool.numbers.set(stanza.name, pool.members.length)
  pool.members.push(stanza)
  pool.needs.push([])
  const own = ownNames(shelf, stanza)
  for (const name of own) pool.offered.set(name, (pool.offered.get(name) ?? 0) + 1)
  for (const wanted of shelf.relationsOf(stanza).conflicts) {
    if (!own.has(wanted.name)) pool.refused.set(wanted.name, [...(pool.refused.get(wanted.name) ?? []), wanted])
  }
}

/** Takes back what was taken last. */
function give(shelf: Shelf, pool: Pool, stanza: Stanza): void {
  pool.numbers.delete(stanza.name)
  pool.members.pop()
  pool.needs.pop()
  const own = ownNames(shelf, stanza)
  for (const name of own) pool.offered.set(name, (pool.offered.get(name) ?? 1) - 1)
  for (const wanted of shelf.relationsOf(stanza).conflicts) {
    const refused = pool.refused.get(wanted.name) ?? []
    pool.refused.set(
      wanted.name,
      refused.filter((other) => other !== wanted),
    )
  }
}

function relationFields(text: string) {
  return {
    depends: fieldOf(text, 'Depends'),
    preDepends: fieldOf(text, 'Pre-Depends'),
    conflicts: fieldOf(text, 'Conflicts'),
    breaks: fieldOf(text, 'Breaks'),
    replaces: '',
    provides: fieldOf(text, 'Provides'),
    recommends: '',
  }
}
