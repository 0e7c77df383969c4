import type { RpmModuleState, RpmModules, RpmModuleStream, RpmOffer } from '../model.ts'
import { findActiveModules } from './active-modules.ts'

/** What the modules of a machine's repositories let through. */
export interface ModuleFilter {
  /**
   * `visible`; `stream`: of streams that are not active (`name:stream` each); `covered`: of no module, but a
   * package of an active stream has that name, or it provides that name.
   */
  judge(
    offer: RpmOffer,
  ): { readonly state: 'visible' | 'covered' } | { readonly state: 'stream'; readonly streams: readonly string[] }
  isActive(module: string, stream: string): boolean
  /** Enabled streams that contradict each other: what they hide is not known. */
  readonly contradictions: readonly string[]
}

const VISIBLE = { state: 'visible' } as const
const COVERED = { state: 'covered' } as const

/**
 * dnf's modular filtering (`active-modules.ts` says which streams are active). Repositories with `module_hotfixes` are not asked about here. The label that says
 * of which module a package is stands in rpm's header only: what counts are the artifacts that the modules name. null: there are none.
 */
export function filterModules(sources: readonly RpmModules[], states: readonly RpmModuleState[]): ModuleFilter | null {
  const streams = sources.flatMap((modules) => modules.streams)
  if (streams.length === 0) return null

  const { builds: active, contradictions } = findActiveModules(sources, states)
  const shown = new Set<string>()
  const covering = new Set<string>()
  const hidden = new Map<string, readonly string[]>()
  for (const stream of streams) {
    for (const artifact of stream.artifacts) {
      if (!active.has(stream)) hidden.set(artifact, addStream(hidden.get(artifact), `${stream.name}:${stream.stream}`))
      else shown.add(artifact)
    }
    if (active.has(stream)) coverNames(stream, covering)
  }

  const activeNames = new Set([...active].map(({ name, stream }) => `${name}:${stream}`))
  return {
    contradictions,
    isActive: (module, stream) => activeNames.has(`${module}:${stream}`),
    judge: (offer) => {
      const nevra = nameArtifact(offer)
      if (shown.has(nevra)) return VISIBLE

      const inactive = hidden.get(nevra)
      if (inactive !== undefined) return { state: 'stream', streams: inactive }
      if (covering.has(offer.name)) return COVERED
      return offer.relations.provides.some(({ name }) => covering.has(name)) ? COVERED : VISIBLE
    },
  }
}

/** One build after another may name the same artifact. */
function addStream(known: readonly string[] = [], stream: string): readonly string[] {
  return known.includes(stream) ? known : [...known, stream]
}

function nameArtifact(offer: RpmOffer): string {
  return `${offer.name}-${offer.epoch ?? 0}:${offer.version}-${offer.release}.${offer.architecture}`
}

function coverNames(stream: RpmModuleStream, covering: Set<string>): void {
  const released = new Set(stream.demodularized)
  for (const artifact of stream.artifacts) {
    // name-epoch:version-release.architecture
    const name = artifact.slice(0, artifact.lastIndexOf('-', artifact.lastIndexOf('-') - 1))
    if (!released.has(name)) covering.add(name)
  }
}
