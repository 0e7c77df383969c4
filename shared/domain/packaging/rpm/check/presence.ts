import type { RpmOffer, RpmRelation } from '../model.ts'
import { satisfies } from '../version.ts'
import type { Change, RunInput } from './change.ts'

/** What is there when all changes but the blocked ones are made; blocked ones may become more while it is asked. */
export interface Presence {
  /** Of an installed package, by its place in the inventory. */
  readonly stays: (index: number) => boolean
  /** Does something that stays, or a change, provide it? */
  readonly isPresent: (wanted: RpmRelation) => boolean
  /** Does the offer conflict with something that is there, or that with it? `removes` go when it comes. */
  readonly conflicts: (offer: RpmOffer, removes: ReadonlySet<number>) => boolean
  /** Changes, not blocked, that take the installed package away. */
  readonly findRemovers: (index: number) => readonly Change[]
  /** How many relations were looked at. */
  readonly countLookups: () => number
}

export function openPresence({ installed, changes }: RunInput, blocked: ReadonlySet<Change>): Presence {
  const { removers, coming } = indexChanges(changes)
  let lookups = 0
  const stays = (index: number) => removers.get(index)?.every((change) => blocked.has(change)) ?? true
  const providing = (name: string) => {
    const found = installed.providing(name)
    lookups += 1 + found.length
    return found
  }
  const comingWith = (name: string) => {
    const found = coming.get(name) ?? []
    lookups += found.length
    return found
  }

  return {
    stays,
    isPresent: (wanted) =>
      providing(wanted.name).some(({ index, relation }) => satisfies(relation, wanted) && stays(index)) ||
      comingWith(wanted.name).some(({ change, relation }) => !blocked.has(change) && satisfies(relation, wanted)),
    conflicts: ({ name, relations }, removes) => {
      const isInTheWay = (index: number) => !removes.has(index) && stays(index)
      lookups += relations.provides.length
      return (
        relations.conflicts.some(
          (conflict) =>
            providing(conflict.name).some(
              ({ index, relation }) => satisfies(relation, conflict) && isInTheWay(index),
            ) ||
            comingWith(conflict.name).some(
              ({ change, relation }) =>
                change.placed.offer.name !== name && !blocked.has(change) && satisfies(relation, conflict),
            ),
        ) ||
        relations.provides.some((provided) =>
          installed
            .conflictingWith(provided.name)
            .some(({ index, relation }) => satisfies(provided, relation) && isInTheWay(index)),
        )
      )
    },
    findRemovers: (index) => (removers.get(index) ?? []).filter((change) => !blocked.has(change)),
    countLookups: () => lookups,
  }
}

interface Coming {
  readonly change: Change
  readonly relation: RpmRelation
}

function indexChanges(changes: readonly Change[]): {
  removers: ReadonlyMap<number, readonly Change[]>
  coming: ReadonlyMap<string, readonly Coming[]>
} {
  const removers = new Map<number, Change[]>()
  const coming = new Map<string, Coming[]>()
  for (const change of changes) {
    for (const index of change.removes) add(removers, index, change)
    for (const relation of change.placed.offer.relations.provides) add(coming, relation.name, { change, relation })
  }
  return { removers, coming }
}

function add<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const others = lists.get(key)
  if (others === undefined) lists.set(key, [value])
  else others.push(value)
}
