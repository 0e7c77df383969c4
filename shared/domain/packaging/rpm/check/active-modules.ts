import type { RpmModuleState, RpmModules, RpmModuleStream } from '../model.ts'
import { compareRpmVersions } from '../version.ts'

export interface ActiveModules {
  readonly builds: ReadonlySet<RpmModuleStream>
  /** Enabled streams that contradict each other, for a person: which of them dnf lets win depends on the order of its solver. */
  readonly contradictions: readonly string[]
}

/**
 * The builds of the streams that are active: those that the machine enabled, those that these need of modules for which the machine says
 * nothing – a default stream where it will do, else the highest –, for the rest default streams, where all repositories agree on them,
 * and what these need. Of a disabled module no stream is active, nor is one, enabled or not, that needs a stream that is not: dnf leaves both out
 * (seen with dnf 4.14). What a build needs of `platform` is not looked at: repositories are those of the machine's own release.
 */
export function findActiveModules(sources: readonly RpmModules[], states: readonly RpmModuleState[]): ActiveModules {
  const builds = groupBuilds(sources.flatMap(({ streams }) => streams))
  const defaults = findDefaults(sources)
  const chosen = new Map<string, string>()
  const settled = new Set<string>()
  for (const { name, stream, state } of states) {
    if (state !== 'unset') settled.add(name)
    if (state === 'enabled' && stream !== '') chosen.set(name, stream)
  }

  const chooseNeeded = () => {
    const queue = [...chosen]
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      for (const build of builds.get(next[0])?.get(next[1]) ?? []) {
        for (const [name, wanted] of build.requires[0] ?? []) {
          if (settled.has(name) || chosen.has(name)) continue
          const stream = chooseStream(wanted, [...(builds.get(name)?.keys() ?? [])], defaults.get(name))
          if (stream === null) continue
          chosen.set(name, stream)
          queue.push([name, stream])
        }
      }
    }
  }
  chooseNeeded()
  for (const [name, stream] of defaults) if (!settled.has(name) && !chosen.has(name)) chosen.set(name, stream)
  chooseNeeded()

  const active = keepMet(new Set([...chosen].flatMap(([name, stream]) => builds.get(name)?.get(stream) ?? [])))
  return { builds: active, contradictions: findContradictions(active, states, builds) }
}

/** Enabled streams of which no build is active because another module is enabled in a stream that they do not take. */
function findContradictions(
  active: ReadonlySet<RpmModuleStream>,
  states: readonly RpmModuleState[],
  builds: ReturnType<typeof groupBuilds>,
): string[] {
  const enabled = new Map(states.flatMap(({ name, stream, state }) => (state === 'enabled' ? [[name, stream]] : [])))
  const present = new Set([...active].map(({ name }) => name))
  const found: string[] = []
  for (const [name, stream] of enabled) {
    if (present.has(name)) continue
    const needs = (builds.get(name)?.get(stream) ?? []).flatMap((build) => [...(build.requires[0] ?? [])])
    const other = needs.find(([needed, wanted]) => enabled.has(needed) && !isWanted(enabled.get(needed) ?? '', wanted))
    if (other !== undefined)
      found.push(`${name}:${stream} needs another stream of ${other[0]} than ${enabled.get(other[0])}`)
  }
  return found
}

/** module → stream → its builds */
function groupBuilds(streams: readonly RpmModuleStream[]): Map<string, Map<string, RpmModuleStream[]>> {
  const grouped = new Map<string, Map<string, RpmModuleStream[]>>()
  for (const build of streams) {
    const ofModule = grouped.get(build.name) ?? new Map<string, RpmModuleStream[]>()
    grouped.set(build.name, ofModule)
    const ofStream = ofModule.get(build.stream)
    if (ofStream === undefined) ofModule.set(build.stream, [build])
    else ofStream.push(build)
  }
  return grouped
}

/** Where repositories differ on the default stream there is none. */
function findDefaults(sources: readonly RpmModules[]): Map<string, string> {
  const found = new Map<string, string>()
  const disputed = new Set<string>()
  for (const { defaults } of sources) {
    for (const [module, stream] of defaults) {
      if ((found.get(module) ?? stream) !== stream) disputed.add(module)
      found.set(module, stream)
    }
  }
  for (const module of disputed) found.delete(module)
  return found
}

function chooseStream(
  wanted: readonly string[],
  streams: readonly string[],
  byDefault: string | undefined,
): string | null {
  const fitting = streams.filter((stream) => isWanted(stream, wanted))
  if (byDefault !== undefined && fitting.includes(byDefault)) return byDefault
  return fitting.toSorted(compareRpmVersions).at(-1) ?? null
}

/** Takes builds away until those that are left need only each other. */
function keepMet(active: Set<RpmModuleStream>): Set<RpmModuleStream> {
  for (let before = -1; before !== active.size;) {
    before = active.size
    const present = new Map([...active].map(({ name, stream }) => [name, stream]))
    for (const build of active) {
      const isMet = build.requires.length === 0 || build.requires.some((needs) => areMet(needs, present))
      if (!isMet) active.delete(build)
    }
  }
  return active
}

function areMet(needs: ReadonlyMap<string, readonly string[]>, present: ReadonlyMap<string, string>): boolean {
  for (const [module, wanted] of needs) {
    if (module === 'platform') continue
    const stream = present.get(module)
    if (stream === undefined || !isWanted(stream, wanted)) return false
  }
  return true
}

/** `-x`: any but x; nothing: any. */
function isWanted(stream: string, wanted: readonly string[]): boolean {
  const asked = wanted.filter((name) => !name.startsWith('-'))
  return !wanted.includes(`-${stream}`) && (asked.length === 0 || asked.includes(stream))
}
