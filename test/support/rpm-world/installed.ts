import type { Random } from '../apt-world/random.ts'
import { keepConsistent } from './consistency.ts'
import type { Family } from './family.ts'
import type { ModulePlan } from './modules.ts'
import { type BuiltPackage, fileNameOf } from './package.ts'
import { rebuild } from './versions.ts'
import type { RpmWorld } from './world.ts'

/** What one machine has: of most sources one release, whole; of kernels several; of modules one build of one stream. */
export function makeInstalled(random: Random, world: RpmWorld, streams: ReadonlyMap<string, string>): BuiltPackage[] {
  const chosen = new Set(random.some(world.families, 0.75).map(({ name }) => name))
  for (const { name, needs } of world.families.toReversed()) {
    if (chosen.has(name)) for (const need of needs) chosen.add(familyOf(world.families, need))
  }
  const packages = world.families
    .filter(({ name }) => chosen.has(name))
    .flatMap((family) => installFamily(random, family, world.families))
  for (const one of world.modules) packages.push(...installModule(random, one, streams.get(one.name)))

  const taken = new Map<string, BuiltPackage>()
  const several = new Set(['kernel', 'driver'].flatMap((kind) => namesOfKind(world.families, kind)))
  for (const built of [...world.foundation, ...packages]) {
    const isSecondary = built.architecture === 'i686'
    const key = several.has(built.name) ? fileNameOf(built) : `${built.name}${isSecondary ? '.i686' : ''}`
    if (!taken.has(key)) taken.set(key, built)
  }
  return keepConsistent([...taken.values()])
}

function familyOf(families: readonly Family[], name: string): string {
  return families.find(({ eras }) => eras.some((era) => era.some((built) => built.name === name)))?.name ?? name
}

function namesOfKind(families: readonly Family[], kind: string): string[] {
  return families
    .filter((family) => family.kind === kind)
    .flatMap(({ eras }) => eras.flat().map((built) => built.name))
    .filter((name) => !name.endsWith('-headers'))
}

function installFamily(random: Random, family: Family, all: readonly Family[]): BuiltPackage[] {
  const eras = family.eras
  const most = Math.min(eras.length - 1, 3)
  const era = eras[random.int(0, random.chance(0.2) ? eras.length - 1 : most)] ?? []
  switch (family.kind) {
    case 'kernel':
    case 'driver':
      return random
        .some(eras, 0.4)
        .concat([era])
        .flatMap((one, index) => one.filter(({ name }) => index === 0 || !name.endsWith('-headers')))
    case 'suite':
      return era.filter(({ name }) => !name.endsWith('-devel') || random.chance(0.6))
    case 'multilib':
      return random.chance(0.7) ? [...era] : [random.pick(era)]
    case 'renamed':
    case 'split':
      return [...(eras[random.chance(0.7) ? random.int(0, 1) : eras.length - 1] ?? era)]
    default:
      if (random.chance(0.06)) return era.map((built) => ({ ...built, ...rebuild(built, 'local'), vendor: '' }))
      return [...(family.kind === 'broken' && needsNowhere(era, all) ? (eras[0] ?? era) : era)]
  }
}

function needsNowhere(era: readonly BuiltPackage[], all: readonly Family[]): boolean {
  return era.some(({ requires }) =>
    requires.some(
      ({ name, operator }) =>
        operator !== '' || !all.some((family) => family.needs.includes(name) || family.name === name),
    ),
  )
}

function installModule(random: Random, one: ModulePlan, enabled: string | undefined): readonly BuiltPackage[] {
  if (random.chance(0.3)) return []
  const stream = enabled ?? one.defaultStream ?? random.pick(one.builds).stream
  const builds = one.builds.filter((built) => built.stream === stream)
  return builds.length === 0 ? [] : random.pick(builds).packages
}
