import type { HoldReason } from '../../update.ts'
import type { RpmPolicy } from '../model.ts'
import { readLocks } from './locks.ts'
import type { ModuleFilter } from './modules.ts'
import type { PlacedOffer } from './offers.ts'
import type { NamedVersion } from './package-pattern.ts'
import { readPatterns } from './patterns.ts'
import type { Universe } from './patterns.ts'

/** What of the offers the machine's own tool sees. */
export interface Visibility {
  /** No reasons: it is covered by a module's package of the same name, and nobody is to hear of it. */
  judge(
    placed: PlacedOffer,
  ): 'visible' | { readonly reasons: readonly HoldReason[]; readonly streams: readonly string[] }
  /** Does a lock allow just this version of its name, among others perhaps? */
  readonly isKept: (version: NamedVersion) => boolean
  /** By [main]: dnf hides the installed one too, and so nothing takes its place. */
  readonly isExcluded: (installed: NamedVersion) => boolean
}

/**
 * Excludes and includes, version locks and modules. zypper knows none of them; its own locks keep a package as it is, but do not hide what
 * is newer from `list-updates -a` (zypper 1.14.42 marks it as locked there).
 */
export function openVisibility(policy: RpmPolicy, modules: ModuleFilter | null, universe: Universe): Visibility {
  if (policy.tool === 'zypper') return { judge: () => 'visible', isKept: () => false, isExcluded: () => false }

  const locks = readLocks(policy.locks, policy.tool, universe)
  const isExcluded = readPatterns(policy.excludes, universe)
  const isListed = readSections(policy, isExcluded, universe)
  return {
    isKept: locks.keeps,
    isExcluded,
    judge: (placed) => {
      const { offer, source } = placed
      const reasons: HoldReason[] = []
      if (!isListed(placed)) reasons.push('excluded')
      if (locks.forbids(offer, source.section)) reasons.push('held')
      const module = source.settings?.moduleHotfixes === true ? undefined : modules?.judge(offer)
      if (module?.state === 'stream') return { reasons: [...reasons, 'module'], streams: module.streams }
      if (module?.state === 'covered') return { reasons: [], streams: [] }
      return reasons.length === 0 ? 'visible' : { reasons, streams: [] }
    },
  }
}

/**
 * Excludes of [main] concern every repository, as do its includes, where there are any; those of a repository only itself. What is
 * included somewhere counts for all whose includes are in force (libdnf keeps one set of included packages).
 */
function readSections(
  policy: RpmPolicy,
  isExcluded: (version: NamedVersion) => boolean,
  universe: Universe,
): (placed: PlacedOffer) => boolean {
  const isIncluded = readPatterns(policy.includes, universe)
  const own = new Map(
    policy.repositories
      .filter(({ excludes, includes }) => excludes.length > 0 || includes.length > 0)
      .map((settings) => [
        settings,
        {
          demandsInclude: settings.includes.length > 0,
          isExcluded: readPatterns(settings.excludes, universe),
          isIncluded: readPatterns(settings.includes, universe),
        },
      ]),
  )
  const demandsInclude = policy.includes.length > 0
  return ({ offer, source }) => {
    const section = source.settings === null ? undefined : own.get(source.settings)
    if (isExcluded(offer) || section?.isExcluded(offer) === true) return false
    if (!demandsInclude && section?.demandsInclude !== true) return true
    return isIncluded(offer) || section?.isIncluded(offer) === true
  }
}
