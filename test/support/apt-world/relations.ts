import type { BinaryPlan, SourcePackage } from './catalog.ts'
import type { Random } from './random.ts'
import { NO_RELATIONS, type Relations } from './stanza.ts'

/** Names that no package bears and several provide. */
const VIRTUALS = ['mail-agent', 'signal-lamp', 'chart-viewer'] as const

interface RelationsInput {
  readonly random: Random
  readonly plan: BinaryPlan
  readonly present: readonly BinaryPlan[]
  /** Of the source. */
  readonly version: string
  /** Of the binary: a rebuild's differs from its source's. */
  readonly built: string
  /** Which release of its source this is, from 0. */
  readonly era: number
  readonly earlier: readonly SourcePackage[]
  readonly history: readonly string[]
  readonly name: string
  readonly isRenamed: boolean
  readonly density: number
}

/** The relations of one binary package in one release: siblings by exact version, others by ranges that mostly fit their era. */
export function makeRelations(input: RelationsInput): Relations {
  const { random, plan, present, version, built, earlier, history, era, density } = input
  const depends: string[] = []
  for (const sibling of present) {
    if (sibling.name === plan.name || sibling.role === 'development') continue
    if (plan.role === 'data' || plan.role === 'library') continue
    if (random.chance(density * (plan.role === 'development' ? 0.8 : 0.5)))
      depends.push(dependOnSibling(random, sibling, version, built))
  }
  for (const other of random.some(earlier, (density * 0.9) / Math.max(earlier.length, 1)))
    depends.push(dependOn(random, other, era))
  if (random.chance(0.07)) depends.push(random.pick(VIRTUALS))
  if (random.chance(0.03))
    depends.push(`never-built (>= 1) | ${random.chance(0.8) ? random.pick(VIRTUALS) : 'nor-this'}`)

  return {
    ...NO_RELATIONS,
    depends,
    preDepends: earlier.length > 0 && random.chance(0.06) ? [dependOn(random, random.pick(earlier), era)] : [],
    recommends: earlier.length > 0 && random.chance(0.05) ? [random.pick(random.pick(earlier).binaries).name] : [],
    ...makeNegatives(input),
    provides: makeProvides(input, history),
  }
}

function dependOnSibling(random: Random, sibling: BinaryPlan, version: string, built: string): string {
  if (sibling.kind !== 'any') return `${sibling.name} (${random.pick(['=', '>='])} ${version})`
  return `${sibling.name} (${random.chance(0.7) ? '=' : '>='} ${built})`
}

function dependOn(random: Random, other: SourcePackage, era: number): string {
  const target = random.pick(other.binaries)
  const first = constrain(random, target, other, era)
  if (!random.chance(0.12)) return first
  return `${first} | ${random.chance(0.5) ? random.pick(VIRTUALS) : random.pick(other.binaries).name}`
}

function constrain(random: Random, target: BinaryPlan, other: SourcePackage, era: number): string {
  const name = target.multiArch === 'allowed' && random.chance(0.4) ? `${target.name}:any` : target.name
  const kind = random.int(0, 19)
  if (kind < 9) return name

  // Releases of about the same era, as builds against the archive of their day would name.
  const version = other.releases[Math.min(era, other.releases.length - 1)]?.version ?? '1'
  if (kind < 17) return `${name} (>= ${version})`
  if (kind < 18) return `${name} (= ${version})`
  return `${name} (${random.pick(['<<', '<=', '>>'])} ${version}${random.chance(0.5) ? '.0~' : ''})`
}

function makeNegatives(input: RelationsInput): Pick<Relations, 'breaks' | 'conflicts' | 'replaces'> {
  const { random, plan, earlier, isRenamed, name, version, era } = input
  if (plan.role === 'library' && isRenamed) {
    const old = `lib${name}1`
    return random.chance(0.5)
      ? { breaks: [`${old} (<< ${version})`], conflicts: [], replaces: [`${old} (<< ${version})`] }
      : { breaks: [], conflicts: [old], replaces: [old] }
  }
  if (earlier.length === 0 || !random.chance(0.12)) return { breaks: [], conflicts: [], replaces: [] }

  const other = random.pick(earlier)
  const target = random.pick(other.binaries).name
  const limit = other.releases[Math.min(era, other.releases.length - 1)]?.version ?? '1'
  const range = `${target} (<< ${limit})`
  if (random.chance(0.7)) return { breaks: [range], conflicts: [], replaces: [range] }
  return { breaks: [], conflicts: [random.chance(0.5) ? range : random.pick(VIRTUALS)], replaces: [] }
}

function makeProvides(input: RelationsInput, history: readonly string[]): string[] {
  const { random, plan, isRenamed, name, built } = input
  const provides: string[] = []
  if (plan.role === 'library' && isRenamed && random.chance(0.6)) {
    provides.push(random.chance(0.5) ? `lib${name}1` : `lib${name}1 (= ${random.pick([built, history[0] ?? built])})`)
  }
  if (plan.role === 'program' && random.chance(0.15)) {
    const virtual = random.pick(VIRTUALS)
    provides.push(random.chance(0.5) ? virtual : `${virtual} (= ${random.int(1, 3)})`)
  }
  return provides
}
