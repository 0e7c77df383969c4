import { debianPlans, type Plan, type ReleaseFields, ubuntuPlans, vendorPlans } from './archive-plans.ts'
import type { Catalog, SourcePackage } from './catalog.ts'
import type { Random } from './random.ts'
import type { Stanza } from './stanza.ts'

/** A package archive: one suite of one host, before it is written to disk. */
export interface Archive {
  readonly host: string
  /** Folder on the host, without slashes around it. */
  readonly folder: string
  /** As sources name it; for a flat archive a path that ends in a slash. */
  readonly suite: string
  readonly flat: boolean
  /** null: no Release file at all. */
  readonly release: ReleaseFields | null
  /** Which key signs it; null: unsigned. */
  readonly key: KeyName | null
  /** Clear-signed in one file, or the signature in a file beside. */
  readonly signature: 'inline' | 'detached'
  readonly byHash: boolean
  readonly formats: readonly IndexFormat[]
  /** `Architecture: all` packages: in every index, or (with binary-all) in an index of their own. */
  readonly binaryAll: 'no' | 'only' | 'both'
  /** By path below the folder of the Release file: `main/binary-amd64/Packages`. */
  readonly architectures: readonly string[]
  readonly indexes: ReadonlyMap<string, readonly Stanza[]>
  readonly components: readonly string[]
}

export type KeyName = 'north' | 'south'
export type IndexFormat = 'plain' | 'gz' | 'xz' | 'zst' | 'bz2'

/** The archives of a Debian-like or an Ubuntu-like world; the first is always there. */
export function makeArchives(random: Random, catalog: Catalog, flavour: 'debian' | 'ubuntu'): Archive[] {
  const [first, ...others] = flavour === 'debian' ? debianPlans() : ubuntuPlans()
  const vendors = vendorPlans(random, catalog.architectures[0] as string)
  const chosen = [first as Plan, ...others.filter(() => random.chance(0.55)), ...vendors]
  const keys = new Map<string, KeyName | null>()
  return chosen.map((plan) => {
    // One host signs all its suites with one key.
    if (!keys.has(plan.host)) keys.set(plan.host, random.chance(0.75) ? random.pick(['north', 'south'] as const) : null)
    return fillArchive(
      random.fork(plan.suite + plan.host),
      plan,
      catalog,
      plan.release === null ? null : (keys.get(plan.host) ?? null),
    )
  })
}

function fillArchive(random: Random, plan: Plan, catalog: Catalog, key: KeyName | null): Archive {
  const components = plan.flat ? [''] : random.chance(0.3) ? ['main', 'contrib'] : ['main']
  const binaryAll =
    plan.flat || plan.release === null || random.chance(0.7) ? 'no' : random.pick(['only', 'both'] as const)
  const lagging = random.chance(0.1)
  const indexes = new Map<string, Stanza[]>()
  const file = (path: string, stanza: Stanza) => indexes.get(path)?.push(stanza)
  for (const path of listIndexes(components, catalog.architectures, binaryAll !== 'no')) indexes.set(path, [])

  for (const source of catalog.sources) {
    const component = components.length > 1 && random.chance(0.2) ? 'contrib' : (components[0] as string)
    for (const stanza of chooseStanzas(random, plan, source)) {
      const isAll = stanza.architecture === 'all'
      if (isAll || component === '') file(indexPath(component, 'all'), stanza)
      for (const architecture of component === '' ? [] : catalog.architectures) {
        const isLate = lagging && architecture !== catalog.architectures[0] && random.chance(0.3)
        const belongs = isAll ? binaryAll !== 'only' : stanza.architecture === architecture
        if (belongs && !isLate) file(indexPath(component, architecture), stanza)
      }
    }
  }
  return {
    host: plan.host,
    folder: plan.folder,
    suite: plan.suite,
    flat: plan.flat ?? false,
    release: plan.release,
    key,
    signature: random.chance(0.8) ? 'inline' : 'detached',
    byHash: random.chance(0.5),
    formats: plan.release === null ? ['plain', 'gz'] : random.pick(FORMATS),
    binaryAll,
    architectures: catalog.architectures,
    indexes,
    components,
  }
}

function listIndexes(components: readonly string[], architectures: readonly string[], all: boolean): string[] {
  const wanted = all ? [...architectures, 'all'] : architectures
  return [
    ...new Set(components.flatMap((component) => wanted.map((architecture) => indexPath(component, architecture)))),
  ]
}

/** Below the folder of the Release file. A flat archive has one index for everything. */
function indexPath(component: string, architecture: string): string {
  return component === '' ? 'Packages' : `${component}/binary-${architecture}/Packages`
}

const FORMATS: readonly (readonly IndexFormat[])[] = [
  ['plain'],
  ['gz'],
  ['xz'],
  ['xz', 'gz'],
  ['zst', 'gz'],
  ['bz2'],
  ['plain', 'xz'],
]

function chooseStanzas(random: Random, plan: Plan, source: SourcePackage): Stanza[] {
  if (!random.chance(plan.share)) return []
  const last = source.releases.length - 1
  const [low, high] = plan.recency
  const era = Math.round((low + (high - low) * (random.int(0, 100) / 100)) * last)
  const eras = random.chance(0.15) && era > 0 ? [era - 1, era] : [era]
  return random
    .shuffle(eras)
    .flatMap((index) => source.releases[index]?.stanzas ?? [])
    .map((stanza) => (random.chance(0.03) ? rebuild(random, stanza) : stanza))
}

/** The same version built again: apt tells it from the first by what it depends on, how large it is, and by its size. */
function rebuild(random: Random, stanza: Stanza): Stanza {
  const kind = random.int(0, 2)
  if (kind === 0) return { ...stanza, installedSize: stanza.installedSize + 1 }
  if (kind === 1) return { ...stanza, sizeBytes: stanza.sizeBytes + 7 }
  return { ...stanza, relations: { ...stanza.relations, replaces: ['driftwood'] } }
}
