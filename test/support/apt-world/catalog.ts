import type { Random } from './random.ts'
import { makeRelations } from './relations.ts'
import type { Stanza } from './stanza.ts'
import { binNmu, makeHistory } from './versions.ts'

/** Everything that was ever built in a world: source packages with their releases, oldest first. */
export interface Catalog {
  /** Native first. */
  readonly architectures: readonly string[]
  readonly sources: readonly SourcePackage[]
}

export interface SourcePackage {
  readonly name: string
  readonly binaries: readonly BinaryPlan[]
  readonly releases: readonly SourceRelease[]
}

export interface SourceRelease {
  readonly version: string
  readonly stanzas: readonly Stanza[]
}

/** What a source package builds. `switch`: `all` in some releases and one for each architecture in others. */
export interface BinaryPlan {
  readonly name: string
  readonly kind: 'any' | 'all' | 'switch'
  readonly multiArch: Stanza['multiArch']
  readonly role: 'library' | 'program' | 'data' | 'development'
}

const NAMES =
  'anchor barge capstan davit ebb fender galley hawser isle jetty keel lantern mast nautilus oar pier quay rudder sail tiller'

/** Makes a catalog. Dependencies point at sources made earlier (and at siblings), so an older base exists for most sets. */
export function makeCatalog(random: Random, architectures: readonly string[], phasing: boolean): Catalog {
  const sources: SourcePackage[] = []
  const density = random.pick([0.15, 0.5, 1])
  for (const name of random.shuffle(NAMES.split(' ')).slice(0, random.int(9, 18))) {
    sources.push(makeSource({ random: random.fork(name), name, earlier: sources, architectures, phasing, density }))
  }
  return { architectures, sources }
}

interface SourceInput {
  readonly random: Random
  readonly name: string
  readonly earlier: readonly SourcePackage[]
  readonly architectures: readonly string[]
  readonly phasing: boolean
  /** How much packages ask of each other, 0 to 1. */
  readonly density: number
}

function makeSource(input: SourceInput): SourcePackage {
  const { random, name, earlier, architectures, phasing, density } = input
  const history = makeHistory(random, random.int(2, 5))
  const binaries = planBinaries(random, name)
  const renamedAt = random.chance(0.15) ? random.int(1, history.length - 1) : history.length
  const releases: SourceRelease[] = []
  for (const [era, version] of history.entries()) {
    const isRenamed = era >= renamedAt
    const present = binaries.filter((plan) => plan.role !== 'library' || isRenamed === plan.name.endsWith('-ng'))
    const rebuilt = random.chance(0.1) ? random.int(1, 3) : 0
    const phasedPercentage = phasing && random.chance(0.6) ? random.pick([0, 5, 10, 20, 30, 50, 70, 90, 99, 100]) : null
    const stanzas: Stanza[] = []
    for (const plan of present) {
      const isAll = plan.kind === 'all' || (plan.kind === 'switch' && era % 2 === 0)
      const built = rebuilt > 0 && !isAll ? binNmu(version, rebuilt) : version
      const relations = makeRelations({
        random,
        plan,
        present,
        version,
        built,
        era,
        earlier,
        history,
        name,
        isRenamed,
        density,
      })
      const installedSize = random.int(10, 900)
      for (const architecture of isAll ? ['all'] : architectures) {
        stanzas.push({
          name: plan.name,
          architecture,
          version: built,
          source: name,
          sourceVersion: version,
          multiArch: plan.multiArch,
          essential: false,
          installedSize,
          relations,
          sizeBytes: random.int(1000, 90_000),
          phasedPercentage,
        })
      }
    }
    releases.push({ version, stanzas })
  }
  return { name, binaries, releases }
}

function planBinaries(random: Random, name: string): BinaryPlan[] {
  const plans: BinaryPlan[] = []
  const add = (
    binary: string,
    role: BinaryPlan['role'],
    kind: BinaryPlan['kind'],
    multiArch: BinaryPlan['multiArch'],
  ) => plans.push({ name: binary, role, kind, multiArch })

  const program = random.chance(0.08) ? 'switch' : random.chance(0.25) ? 'all' : 'any'
  add(name, 'program', program, random.pick(['', '', 'foreign', 'allowed', 'no'] as const))
  if (random.chance(0.55)) {
    const multiArch = random.chance(0.8) ? 'same' : ''
    add(`lib${name}1`, 'library', 'any', multiArch)
    // Its successor, for the sources that rename their library one day.
    add(`lib${name}2-ng`, 'library', 'any', multiArch)
  }
  if (random.chance(0.35)) add(`${name}-data`, 'data', 'all', random.pick(['', 'foreign'] as const))
  if (random.chance(0.3)) add(`${name}-dev`, 'development', 'any', random.pick(['', 'same'] as const))
  return plans
}
