import type { RpmOffer, RpmRelation } from '../model.ts'
import { satisfies } from '../version.ts'
import type { Change, Choices, RunInput } from './change.ts'
import { isObsoleted } from './offers.ts'

/** What is there when every change is made with the option it is at; asked again after options changed, it answers anew. */
export interface Presence {
  /** Of an installed package, by its place in the inventory. */
  readonly stays: (index: number) => boolean
  /** Does something that stays, or a change, provide it? */
  readonly isPresent: (wanted: RpmRelation) => boolean
  /** Does the offer conflict with something that is there, or that with it, or obsolete it? `removes` go when it comes. */
  readonly conflicts: (offer: RpmOffer, removes: ReadonlySet<number>) => boolean
  /** Changes that are made and take the installed package away. */
  readonly findRemovers: (index: number) => readonly Change[]
  /** Places of the installed packages that some change would take away. */
  readonly changed: { has(index: number): boolean }
  /** How many relations were looked at. */
  readonly countLookups: () => number
}

export function openPresence({ installed, changes }: RunInput, choices: Choices): Presence {
  const removers = new Map<number, Change[]>()
  for (const change of changes) for (const index of change.removes) add(removers, index, change)
  const coming = openComing(changes, choices, 'provides')
  const comingAgainst = openComing(changes, choices, 'obsoletes')
  const isMade = (change: Change) => choices.current(change) !== null
  let lookups = 0
  const stays = (index: number) => removers.get(index)?.every((change) => !isMade(change)) ?? true
  const providing = (name: string) => {
    const found = installed.providing(name)
    lookups += 1 + found.length
    return found
  }
  const comingWith = (name: string) => {
    const found = coming(name)
    lookups += found.length
    return found
  }

  return {
    stays,
    isPresent: (wanted) =>
      providing(wanted.name).some(({ index, relation }) => satisfies(relation, wanted) && stays(index)) ||
      comingWith(wanted.name).some(({ relation }) => satisfies(relation, wanted)),
    conflicts: (candidate, removes) => {
      const { name, relations } = candidate
      const isInTheWay = (index: number) => !removes.has(index) && stays(index)
      lookups += relations.provides.length
      return (
        relations.conflicts.some(
          (conflict) =>
            providing(conflict.name).some(
              ({ index, relation }) => satisfies(relation, conflict) && isInTheWay(index),
            ) ||
            comingWith(conflict.name).some(
              ({ offer, relation }) => offer.name !== name && satisfies(relation, conflict),
            ),
        ) ||
        relations.provides.some((provided) =>
          installed
            .conflictingWith(provided.name)
            .some(({ index, relation }) => satisfies(provided, relation) && isInTheWay(index)),
        ) ||
        installed
          .obsoleting(name)
          .some(
            ({ index }) =>
              installed.packages[index]!.name !== name &&
              isObsoleted(candidate, installed.packages[index]!) &&
              isInTheWay(index),
          ) ||
        comingAgainst(name).some((other) => other.offer.name !== name && isObsoleted(candidate, other.offer))
      )
    },
    findRemovers: (index) => (removers.get(index) ?? []).filter(isMade),
    changed: removers,
    countLookups: () => lookups,
  }
}

interface Coming {
  readonly offer: RpmOffer
  readonly relation: RpmRelation
}

/** What the changes bring, by the names that they provide or obsolete: of the first options at once, of others when a change has come to them. */
function openComing(
  changes: readonly Change[],
  choices: Choices,
  kind: 'provides' | 'obsoletes',
): (name: string) => readonly Coming[] {
  const byName = new Map<string, (Coming & { readonly change: Change })[]>()
  const indexed = new Set<RpmOffer>()
  const index = (change: Change) => {
    const offer = choices.current(change)
    if (offer === null || indexed.has(offer)) return

    indexed.add(offer)
    for (const relation of offer.relations[kind]) add(byName, relation.name, { change, offer, relation })
  }
  changes.forEach(index)
  choices.watch(index)
  return (name) => (byName.get(name) ?? []).filter(({ change, offer }) => choices.current(change) === offer)
}

function add<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const others = lists.get(key)
  if (others === undefined) lists.set(key, [value])
  else others.push(value)
}
