import { Fault } from '../../../fault.ts'
import type { CheckInput } from '../../package-system.ts'
import type { HoldReason } from '../../update.ts'
import type {
  RpmAdvisoryPackage,
  RpmInventory,
  RpmList,
  RpmOffer,
  RpmPackage,
  RpmPolicy,
  RpmRepository,
  RpmRepositoryPolicy,
} from '../model.ts'
import { compareEvr, formatEvr, satisfies } from '../version.ts'
import { openArchitectures } from './architectures.ts'
import type { Architectures } from './architectures.ts'
import { filterModules } from './modules.ts'
import type { ModuleFilter } from './modules.ts'
import type { NamedVersion } from './package-pattern.ts'
import { openVisibility } from './visibility.ts'

export type RpmCheckInput = CheckInput<RpmInventory, RpmPolicy, RpmRepository>

/** One enabled section with what its repository offered at the moment of the snapshot. */
export interface OfferSource {
  readonly section: string
  readonly priority: number
  readonly cost: number
  readonly settings: RpmRepositoryPolicy | null
  readonly list: RpmList
}

export interface PlacedOffer {
  readonly offer: RpmOffer
  readonly source: OfferSource
}

/** Kept from the machine by its configuration. */
export interface HiddenOffer extends PlacedOffer {
  readonly reasons: readonly HoldReason[]
  /** The streams (`name:stream`) that have it and are not active; empty where it is hidden for another reason. */
  readonly streams: readonly string[]
}

/** All offers of one name for the machine's architectures. */
export interface NamedOffers {
  /** Highest version first; of equal ones that of the better repository (priority, cost, the machine's order) first. */
  readonly visible: readonly PlacedOffer[]
  /** Those of `visible` whose repository has the best priority that the name is visible with. */
  readonly preferred: readonly PlacedOffer[]
  /** Of `preferred` the highest of each architecture. */
  readonly latest: readonly PlacedOffer[]
  readonly hidden: readonly HiddenOffer[]
}

/** All that the repositories of a machine offer under its policy. */
export interface RpmOffers {
  readonly architectures: Architectures
  /** null: no repository has modules, or the tool knows none. */
  readonly modules: ModuleFilter | null
  readonly hasAdvisories: boolean
  find(name: string): NamedOffers
  /** Visible offers of packages that have an offer with that capability; versions are the caller's matter. */
  findProviders(capability: string): readonly PlacedOffer[]
  /** Names, other than that one, of which some offer obsoletes something of that name. */
  findObsoleters(name: string): readonly string[]
  advisoriesOf(name: string): readonly RpmAdvisoryPackage[]
  /** Does the offer obsolete a version that a lock keeps, installed or offered? Then the machine does not see it (dnf's version lock). */
  isAgainstLock(offer: RpmOffer, name: string, installed: readonly NamedVersion[]): boolean
  /** Does the machine exclude an installed package, wherever it comes from? */
  isExcluded(installed: NamedVersion): boolean
}

const DEFAULT_PRIORITY = 99
const DEFAULT_COST = 1000

/** @throws Fault `data_damaged` where a list of a snapshot is not there */
export function openOffers(input: RpmCheckInput): RpmOffers {
  const { policy } = input
  const sources = listSources(input)
  const lists = [...new Set(sources.map(({ list }) => list))]
  const architectures = openArchitectures(input.inventory.architecture)
  const modules =
    policy.tool === 'zypper'
      ? null
      : filterModules(
          lists.flatMap((list) => list.modules ?? []),
          policy.modules,
        )
  const byName = new Map<string, NamedOffers>()
  const providers = new Map<string, readonly PlacedOffer[]>()
  const obsoleters = new Map<string, readonly string[]>()

  const collect = (name: string): PlacedOffer[] =>
    sources.flatMap((source) =>
      source.list
        .find(name)
        .filter(({ architecture }) => architectures.rank(architecture) !== null)
        .map((offer) => ({ offer, source })),
    )
  const visibility = openVisibility(policy, modules, {
    names: () => namesOf(lists),
    find: (name) => collect(name).map(({ offer }) => offer),
  })

  const find = (name: string): NamedOffers => {
    let named = byName.get(name)
    if (named === undefined) byName.set(name, (named = sortOut(collect(name))))
    return named
  }
  const sortOut = (offers: readonly PlacedOffer[]): NamedOffers => {
    const visible: PlacedOffer[] = []
    const hidden: HiddenOffer[] = []
    for (const placed of offers) {
      const judged = visibility.judge(placed)
      if (judged === 'visible') visible.push(placed)
      else if (judged.reasons.length > 0) hidden.push({ ...placed, ...judged })
    }
    visible.sort((a, b) => compareEvr(b.offer, a.offer) || compareSources(a.source, b.source))
    const best = visible.reduce((lowest, { source }) => Math.min(lowest, source.priority), Infinity)
    const preferred = visible.filter(({ source }) => source.priority === best)
    return { visible, preferred, latest: takeFirstOfEach(preferred), hidden }
  }

  return {
    architectures,
    modules,
    hasAdvisories: lists.some((list) => list.hasAdvisories),
    find,
    findProviders: (capability) => {
      let found = providers.get(capability)
      if (found === undefined) {
        const names = new Set(lists.flatMap((list) => list.findProviders(capability)))
        providers.set(capability, (found = [...names].flatMap((name) => find(name).visible)))
      }
      return found
    },
    findObsoleters: (name) => {
      let found = obsoleters.get(name)
      if (found === undefined) {
        const all = new Set(lists.flatMap((list) => list.findObsoleters(name)))
        obsoleters.set(name, (found = [...all].filter((other) => other !== name).toSorted()))
      }
      return found
    },
    advisoriesOf: (name) => lists.flatMap((list) => list.advisoriesOf(name)),
    isAgainstLock: (offer, name, installed) =>
      [...installed, ...collect(name).map((placed) => placed.offer)].some(
        (version) => visibility.isKept(version) && isObsoleted(version, offer),
      ),
    isExcluded: visibility.isExcluded,
  }
}

/** Does the other one name it among what it obsoletes? Provides do not count. */
export function isObsoleted(version: NamedVersion, { relations }: Pick<RpmPackage, 'relations'>): boolean {
  const named = { name: version.name, operator: '=', evr: formatEvr(version) } as const
  return relations?.obsoletes.some((relation) => relation.name === version.name && satisfies(named, relation)) === true
}

function listSources(input: RpmCheckInput): OfferSource[] {
  const known = new Map(input.sources.map(({ repository, snapshot }) => [repository.id, snapshot]))
  const named = new Set(input.policy.repositories.map(({ repositoryId }) => repositoryId))
  const unnamed = input.sources.filter(({ repository }) => !named.has(repository.id))
  const places = [
    ...input.policy.repositories.map((settings) => ({
      id: settings.repositoryId,
      section: settings.section,
      priority: settings.priority,
      cost: settings.cost,
      settings,
    })),
    ...unnamed.map(({ repository }) => ({
      id: repository.id,
      section: repository.title,
      priority: DEFAULT_PRIORITY,
      cost: DEFAULT_COST,
      settings: null,
    })),
  ]
  return places.flatMap(({ id, ...place }) =>
    (known.get(id)?.lists ?? []).map(({ key }) => ({ ...place, list: getList(input, key) })),
  )
}

function* namesOf(lists: readonly RpmList[]): Iterable<string> {
  for (const list of lists) yield* list.names()
}

function getList(input: RpmCheckInput, key: string): RpmList {
  const list = input.lists.get(key)
  if (list === undefined) throw new Fault('data_damaged', `The package list ${key} of a snapshot is missing.`)

  return list as RpmList
}

function compareSources(a: OfferSource, b: OfferSource): number {
  return a.priority - b.priority || a.cost - b.cost
}

function takeFirstOfEach(sorted: readonly PlacedOffer[]): PlacedOffer[] {
  const first = new Map<string, PlacedOffer>()
  for (const placed of sorted) {
    if (!first.has(placed.offer.architecture)) first.set(placed.offer.architecture, placed)
  }
  return [...first.values()]
}
