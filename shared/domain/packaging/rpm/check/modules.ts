import type { RpmModuleState, RpmModules, RpmModuleStream, RpmOffer } from '../model.ts'

/** What the modules of a machine's repositories let through. */
export interface ModuleFilter {
  /**
   * `visible`; `stream`: of a module's stream that is not active, then `module` names the module; `covered`: of no module, but a
   * package of an active stream has that name, or it provides that name.
   */
  judge(
    offer: RpmOffer,
  ): { readonly state: 'visible' | 'covered' } | { readonly state: 'stream'; readonly module: string }
  isActive(module: string, stream: string): boolean
}

const VISIBLE = { state: 'visible' } as const
const COVERED = { state: 'covered' } as const

/**
 * dnf's modular filtering. Of a module the enabled stream is active, else, unless the module is disabled, its default stream as far as
 * what that needs of other modules is active too. Repositories with `module_hotfixes` are not asked about here. The label that says
 * of which module a package is stands in rpm's header only: what counts are the artifacts that the modules name. null: there are none.
 */
export function filterModules(sources: readonly RpmModules[], states: readonly RpmModuleState[]): ModuleFilter | null {
  const streams = sources.flatMap((modules) => modules.streams)
  if (streams.length === 0) return null

  const active = findActive(streams, chooseStreams(sources, states), states)
  const shown = new Set<string>()
  const covering = new Set<string>()
  const hidden = new Map<string, string>()
  for (const stream of streams) {
    for (const artifact of stream.artifacts) {
      if (!active.has(stream)) hidden.set(artifact, stream.name)
      else shown.add(artifact)
    }
    if (active.has(stream)) coverNames(stream, covering)
  }

  const activeNames = new Set([...active].map(({ name, stream }) => `${name}:${stream}`))
  return {
    isActive: (module, stream) => activeNames.has(`${module}:${stream}`),
    judge: (offer) => {
      const nevra = nameArtifact(offer)
      if (shown.has(nevra)) return VISIBLE

      const module = hidden.get(nevra)
      if (module !== undefined) return { state: 'stream', module }
      if (covering.has(offer.name)) return COVERED
      return offer.relations.provides.some(({ name }) => covering.has(name)) ? COVERED : VISIBLE
    },
  }
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

/** module → the stream that could be active. */
function chooseStreams(sources: readonly RpmModules[], states: readonly RpmModuleState[]): Map<string, string> {
  const chosen = new Map<string, string>()
  const disputed = new Set<string>()
  for (const { defaults } of sources) {
    for (const [module, stream] of defaults) {
      const other = chosen.get(module)
      if (other !== undefined && other !== stream) disputed.add(module)
      chosen.set(module, stream)
    }
  }
  // Where repositories differ on the default stream there is none.
  for (const module of disputed) chosen.delete(module)
  for (const { name, stream, state } of states) {
    if (state === 'disabled') chosen.delete(name)
    if (state === 'enabled' && stream !== '') chosen.set(name, stream)
  }
  return chosen
}

/**
 * The builds of the chosen streams whose needs are met by other chosen ones. A stream that the machine enabled is active whatever its
 * builds need. What a build needs of `platform` is not looked at: repositories are those of the machine's own release.
 */
function findActive(
  streams: readonly RpmModuleStream[],
  chosen: ReadonlyMap<string, string>,
  states: readonly RpmModuleState[],
): Set<RpmModuleStream> {
  const active = new Set(streams.filter(({ name, stream }) => chosen.get(name) === stream))
  for (let settled = false; !settled;) {
    settled = true
    const present = new Map([...active].map(({ name, stream }) => [name, stream]))
    for (const build of active) {
      if (build.requires.length === 0 || build.requires.some((needs) => areMet(needs, present))) continue
      active.delete(build)
      settled = false
    }
  }

  const enabled = new Set(states.filter(({ state }) => state === 'enabled').map(({ name }) => name))
  const present = new Set([...active].map(({ name }) => name))
  for (const build of streams) {
    const isLost = enabled.has(build.name) && !present.has(build.name) && chosen.get(build.name) === build.stream
    if (isLost) active.add(build)
  }
  return active
}

function areMet(needs: ReadonlyMap<string, readonly string[]>, present: ReadonlyMap<string, string>): boolean {
  for (const [module, wanted] of needs) {
    if (module === 'platform') continue
    const stream = present.get(module)
    if (stream === undefined) return false
    const refused = wanted.filter((name) => name.startsWith('-')).map((name) => name.slice(1))
    const asked = wanted.filter((name) => !name.startsWith('-'))
    if (refused.includes(stream)) return false
    if (asked.length > 0 && !asked.includes(stream)) return false
  }
  return true
}
