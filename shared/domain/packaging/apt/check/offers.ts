import { Fault } from '../../../fault.ts'
import type { CheckInput } from '../../package-system.ts'
import { describeAptFeatures } from './apt-features.ts'
import type { AptFeatures } from './apt-features.ts'
import { STATUS_ORIGIN, isSecurityRelease, nameOrigin, readHost } from './index-origin.ts'
import type { AptInventory, AptList, AptListReference, AptPolicy, AptRepository, AptSnapshot } from '../model.ts'
import { compilePriorities } from './pin-priority.ts'
import type { Priorities } from './pin-priority.ts'
import { openPopulation } from './population.ts'
import type { Population } from './population.ts'
import { addOffer } from './version-list.ts'
import type { ListOrigin, OfferedVersion } from './version-list.ts'

export type AptCheckInput = CheckInput<AptInventory, AptPolicy, AptRepository>

/** All that the repositories of a machine offer under its policy: the same for every machine with the same, and made once for them. */
export interface Offers {
  readonly native: string
  readonly features: AptFeatures
  readonly priorities: Priorities
  readonly statusPriority: number
  readonly installRecommends: boolean
  readonly lists: readonly OpenedList[]
  /** Versions of a package, newest first; empty where no list offers it under this architecture (`all` is the native one). */
  find(name: string, architecture: string): readonly OfferedVersion[]
  /** What machines with these offers have; to be asked for once in a check, as it begins anew when it has grown too large. */
  openPopulation(): Population
  /** Packages that offer something providing the name. */
  findProviders(virtual: string): readonly string[]
}

interface OpenedList {
  readonly list: AptList
  readonly origin: ListOrigin
  /** Null: everything in it counts. */
  readonly wants: ((name: string) => boolean) | null
}

export function openOffers(input: AptCheckInput): Offers {
  const native = input.inventory.architecture
  const features = describeAptFeatures(input.policy.aptVersion)
  const bare = input.sources.flatMap(({ repository, snapshot }) =>
    snapshot === null ? [] : describeLists(repository, snapshot as AptSnapshot),
  )
  const priorities = compilePriorities(
    input.policy,
    features,
    native,
    bare.map(({ origin }) => origin),
  )
  const lists = bare.map(({ reference, repository, origin }) => ({
    list: getList(input, reference.key),
    origin: { ...origin, priority: priorities.ofOrigin(origin) },
    wants: features.includeExclude ? filterOf(repository) : null,
  }))

  const byArchitecture = new Map<string, Map<string, readonly OfferedVersion[]>>()
  const find = (name: string, architecture: string): readonly OfferedVersion[] => {
    let known = byArchitecture.get(architecture)
    if (known === undefined) byArchitecture.set(architecture, (known = new Map()))
    const collected = known.get(name)
    if (collected !== undefined) return collected

    const versions = collectVersions(lists, native, name, architecture)
    // Names that no list has come from the machines: they are not kept, as there is no end to them.
    if (versions.length > 0) known.set(name, versions)
    return versions
  }
  let population = openPopulation(native, find)
  return {
    native,
    features,
    priorities,
    statusPriority: priorities.ofOrigin(STATUS_ORIGIN),
    installRecommends: input.policy.installRecommends,
    lists,
    find,
    openPopulation() {
      if (population.isFull()) population = openPopulation(native, find)
      return population
    },
    findProviders: (virtual) => [...new Set(lists.flatMap(({ list }) => list.findProviders(virtual)))],
  }
}

function getList(input: AptCheckInput, key: string): AptList {
  const list = input.lists.get(key)
  if (list === undefined) throw new Fault('data_damaged', `The package list ${key} of a snapshot is missing.`)

  return list as AptList
}

function describeLists(
  repository: AptRepository,
  snapshot: AptSnapshot,
): { reference: AptListReference; repository: AptRepository; origin: Omit<ListOrigin, 'priority'> }[] {
  const host = readHost(repository.uri)
  const isSecurity = isSecurityRelease(snapshot.release)
  return snapshot.lists.map((reference) => ({
    reference,
    repository,
    origin: {
      kind: 'list',
      release: snapshot.release,
      component: reference.component,
      // The index of a flat archive is of no architecture, whatever it offers.
      architecture: reference.component === '' ? '' : reference.architecture,
      host,
      title: nameOrigin(repository, reference.component),
      suite: repository.suite,
      isSecurity,
    },
  }))
}

/** `Include` and `Exclude` of a source: apt takes one of the two. */
function filterOf(repository: AptRepository): ((name: string) => boolean) | null {
  const { include, exclude } = repository.options
  if (include.length === 0 && exclude.length === 0) return null

  const names = new Set(include.length > 0 ? include : exclude)
  return (name) => names.has(name) === include.length > 0
}

function collectVersions(
  lists: readonly OpenedList[],
  native: string,
  name: string,
  architecture: string,
): OfferedVersion[] {
  const versions: OfferedVersion[] = []
  for (const { list, origin, wants } of lists) {
    if (wants !== null && !wants(name)) continue

    for (const offer of list.find(name)) {
      const effective = offer.architecture === 'all' ? native : offer.architecture
      if (effective === architecture) addOffer(versions, offer, origin)
    }
  }
  return versions
}
