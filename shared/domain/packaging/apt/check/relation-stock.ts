import { openNumberTable } from './number-table.ts'
import type { NumberTable } from './number-table.ts'
import { detach } from './package-name.ts'
import type { PackageNames } from './package-name.ts'
import type { Group, Refusal, Relation, RelationNames } from './relations.ts'

/**
 * `anchor` and `witness` are units that fulfil the group, on whatever machine: found last, asked after first. The rest is about the machine that
 * is looked at: `judged` is the run in which `judgement` holds, `listed` the one in which it was listed already, `counted` the
 * moment at which there were so many `steps` to take for it.
 */
type GroupColumn = 'anchor' | 'witness' | 'judged' | 'judgement' | 'listed' | 'counted' | 'steps'

/** All groups and all conflicts that packages speak of, each once. */
export interface RelationStock {
  readonly groups: NumberTable<GroupColumn>
  /** `name` is the number of the name that is refused, `harmless` a unit of that name that is not; the rest as above. */
  readonly refusals: NumberTable<'name' | 'harmless' | 'judged' | 'judgement'>
  groupAt(number: number): Group
  refusalAt(number: number): Refusal
  /** For packages of one (effective) architecture: what a group accepts depends on who asks. */
  namesFor(architecture: string): RelationNames
}

/** The number of a group that nothing fulfils. */
export const NO_GROUP = 0

export function openRelationStock({ identify }: PackageNames): RelationStock {
  const groups = openNumberTable<GroupColumn>([
    'anchor',
    'witness',
    'judged',
    'judgement',
    'listed',
    'counted',
    'steps',
  ])
  const refusals = openNumberTable(['name', 'harmless', 'judged', 'judgement'])
  const allGroups: Group[] = []
  const allRefusals: Refusal[] = []
  const byArchitecture = new Map<string, RelationNames>()
  const makeGroup = (relations: readonly Relation[], from: string): Group => {
    const group = { number: groups.add(), relations, from }
    allGroups.push(group)
    return group
  }
  const makeRefusal = (relation: Relation): Refusal => {
    const refusal = { number: refusals.add(), relation }
    refusals.columns.name[refusal.number] = relation.name.number
    allRefusals.push(refusal)
    return refusal
  }
  return {
    groups,
    refusals,
    groupAt: (number) => allGroups[number - 1]!,
    refusalAt: (number) => allRefusals[number - 1]!,
    namesFor(architecture) {
      const known = byArchitecture.get(architecture)
      if (known !== undefined) return known

      const names: RelationNames = {
        identify,
        shareGroup: shareByText((relations) => makeGroup(relations, architecture)),
        shareRefusals: shareByText((relations) => relations.map(makeRefusal)),
      }
      byArchitecture.set(architecture, names)
      return names
    },
  }
}

function shareByText<Shared>(make: (relations: readonly Relation[]) => Shared) {
  const shared = new Map<string, Shared>()
  return (text: string, read: (text: string) => readonly Relation[] | null): Shared | null => {
    const known = shared.get(text)
    if (known !== undefined) return known

    const own = detach(text)
    const relations = read(own)
    if (relations === null) return null

    const made = make(relations)
    shared.set(own, made)
    return made
  }
}
