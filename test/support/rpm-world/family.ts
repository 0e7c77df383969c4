import type { Random } from '../apt-world/random.ts'
import { type BuiltPackage, ownProvide, type PlannedRelation } from './package.ts'
import { makeHistory, type PlannedVersion } from './versions.ts'

/** What is built from one source, release after release: `eras[n]` holds the packages of the n-th. */
export interface Family {
  readonly name: string
  readonly kind: FamilyKind
  readonly eras: readonly (readonly BuiltPackage[])[]
  /** Names that must be installed with it; they come from earlier families. */
  readonly needs: readonly string[]
}

export type FamilyKind =
  | 'plain'
  | 'suite'
  | 'multilib'
  | 'switch'
  | 'kernel'
  | 'driver'
  | 'renamed'
  | 'split'
  | 'broken'
  | 'conflict'

export const VENDOR = 'Harbour Project'

const NOTHING = { provides: [], requires: [], conflicts: [], obsoletes: [], files: [], module: '' } as const

/** One package of a source, which provides itself. */
export function build(
  name: string,
  version: PlannedVersion,
  architecture: string,
  more: Partial<BuiltPackage> = {},
): BuiltPackage {
  const provides: PlannedRelation[] = [ownProvide({ name, ...version })]
  if (architecture === 'x86_64') provides.push({ ...ownProvide({ name: `${name}(x86-64)`, ...version }) })
  if (architecture === 'i686') provides.push({ ...ownProvide({ name: `${name}(x86-32)`, ...version }) })
  return {
    ...NOTHING,
    name,
    ...version,
    architecture,
    sourceRpm: `${name}-${version.version}-${version.release}.src.rpm`,
    vendor: VENDOR,
    buildTime: 1_700_000_000,
    ...more,
    provides: [...provides, ...(more.provides ?? [])],
  }
}

export function relation(name: string, operator: PlannedRelation['operator'] = '', evr = ''): PlannedRelation {
  return { name, operator, evr }
}

/** `[epoch:]version-release` as relations write it. */
export function writeEvr(version: PlannedVersion): string {
  return `${version.epoch === null ? '' : `${version.epoch}:`}${version.version}-${version.release}`
}

/** Makes one family; `earlier` are there already and may be required or conflicted with. */
export function makeFamily(random: Random, name: string, kind: FamilyKind, earlier: readonly Family[]): Family {
  const history = makeHistory(random, kind === 'kernel' ? 6 : random.int(3, 6))
  const other = earlier.length > 0 && random.chance(0.35) ? random.pick(earlier) : null
  const needed = other?.eras[0]?.[0]?.name
  const requires = needed === undefined ? [] : [relation(needed)]
  const makeEra = ERAS[kind]
  const eras = history.map((version, era) =>
    makeEra({ random, name, version, era, history, requires, earlier }).map((built) => ({
      ...built,
      sourceRpm: `${name}-${version.version}-${version.release}.src.rpm`,
    })),
  )
  return { name, kind, eras, needs: needed === undefined ? [] : [needed] }
}

interface EraInput {
  readonly random: Random
  readonly name: string
  readonly version: PlannedVersion
  readonly era: number
  readonly history: readonly PlannedVersion[]
  readonly requires: readonly PlannedRelation[]
  readonly earlier: readonly Family[]
}

const ERAS: Readonly<Record<FamilyKind, (input: EraInput) => BuiltPackage[]>> = {
  plain: ({ name, version, requires }) => [
    build(name, version, name.length % 3 === 0 ? 'noarch' : 'x86_64', { requires, files: [`/usr/bin/${name}`] }),
  ],
  suite: ({ random, name, version, requires }) => {
    const evr = writeEvr(version)
    const operator = random.chance(0.7) ? '=' : '>='
    return [
      build(name, version, 'x86_64', { requires: [...requires, relation(`${name}-libs`, operator, evr)] }),
      build(`${name}-libs`, version, 'x86_64', { provides: [relation(`lib${name}.so.1()(64bit)`)] }),
      build(`${name}-devel`, version, 'x86_64', { requires: [relation(`${name}-libs(x86-64)`, '=', evr)] }),
      build(`${name}-doc`, version, 'noarch'),
    ]
  },
  multilib: ({ name, version, requires }) => [
    build(name, version, 'x86_64', { requires, provides: [relation(`lib${name}.so.1()(64bit)`)] }),
    build(name, version, 'i686', { provides: [relation(`lib${name}.so.1`)] }),
  ],
  switch: ({ name, version, era, requires }) => {
    const isLateNative = name.length % 2 === 0
    return [build(name, version, era >= 2 === isLateNative ? 'x86_64' : 'noarch', { requires })]
  },
  kernel: ({ name, version }) => [
    build(name, version, 'x86_64', { requires: [relation(`${name}-core`, '=', writeEvr(version))] }),
    build(`${name}-core`, version, 'x86_64', { provides: [relation('installonlypkg(kernel)')] }),
    build(`${name}-headers`, version, 'x86_64'),
  ],
  driver: ({ name, version }) => [
    build(name, version, 'x86_64', { provides: [relation('installonlypkg(kernel-module)')] }),
  ],
  renamed: ({ random, name, version, era, requires }) => {
    if (era < 2) return [build(name, version, 'x86_64', { requires })]

    const range = name.length % 2 === 0 ? relation(name, '<', writeEvr(version)) : relation(name)
    const provides = random.chance(0.5) ? [relation(name, '=', writeEvr(version))] : []
    const fresh = build(`${name}-ng`, version, 'x86_64', { requires, provides, obsoletes: [range] })
    return random.chance(0.2) ? [fresh, build(name, version, 'x86_64', { requires })] : [fresh]
  },
  split: ({ name, version, era, requires }) => {
    const rest = build(name, version, 'x86_64', { requires })
    if (era < 2) return [rest]
    const range = relation(name, '<', writeEvr(version))
    const parts = ['one', 'two'].map((part) => build(`${name}-${part}`, version, 'x86_64', { obsoletes: [range] }))
    return name.length % 2 === 0 ? [rest, ...parts] : parts
  },
  broken: ({ random, name, version, era, requires }) => {
    const isBroken = era >= 1 && random.chance(0.6)
    const missing = random.chance(0.5) ? relation(`nowhere-${name}`) : relation(name, '>=', '99')
    return [build(name, version, 'x86_64', { requires: isBroken ? [...requires, missing] : requires })]
  },
  conflict: ({ random, name, version, era, requires, earlier }) => {
    const other = earlier.length > 0 ? random.pick(earlier) : null
    const target = other?.eras[0]?.[0]
    const conflicts =
      era < 2 || target === undefined
        ? []
        : [relation(target.name, random.pick(['<', '<=', '>=', '>']), writeEvr(target))]
    return [build(name, version, 'x86_64', { requires, conflicts })]
  },
}
