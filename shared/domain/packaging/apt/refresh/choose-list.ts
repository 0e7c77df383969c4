import type { AptRepository } from '../model.ts'
import type { PromisedFile, ReleaseFile } from './release.ts'
import { COMPRESSIONS, type Compression } from '../../refreshing/decompress.ts'

/** A list to be had: where it may lie, best first, and what it must be. */
export interface ListPlan {
  /** '' for a flat repository. */
  readonly component: string
  readonly architecture: string
  /** Relative to the Release file, without extension. */
  readonly path: string
  /** The plain index. */
  readonly plain: PromisedFile
  readonly variants: readonly { readonly path: string; readonly kind: Compression; readonly file: PromisedFile }[]
}

export interface ListChoice {
  readonly plans: readonly ListPlan[]
  readonly gaps: readonly string[]
  readonly warnings: readonly string[]
}

/**
 * The lists that the machine's apt would take from this Release: each component for each architecture, and one for `all` where the
 * archive keeps those packages apart. What the archive does not have although the machine enabled it is a gap; a foreign
 * architecture that the archive says it does not support is only a warning, since then there is nothing that could be missed.
 * Source: apt's pkgAcqMetaClearSig::QueueIndexes and debReleaseIndex::GetIndexTargets.
 */
export function chooseLists(repository: AptRepository, file: ReleaseFile): ListChoice {
  const plans: ListPlan[] = []
  const gaps: string[] = []
  const warnings: string[] = []
  const targets = listTargets(repository)

  for (const target of targets) {
    if (target.architecture === 'all' && !keepsAllApart(file)) continue

    const plain = file.files.get(target.path)
    const variants = findVariants(file, target.path)
    if (plain !== undefined && variants.length > 0) {
      plans.push({ ...target, plain, variants })
    } else if (target.architecture !== 'all' || isOnlyAll(repository)) {
      const isNative = target.architecture === repository.architectures[0]
      const said = describeAbsence(target, file, variants.length > 0)
      if (said.isDeclared && !isNative) warnings.push(said.sentence)
      else gaps.push(said.sentence)
    }
  }
  return { plans, gaps, warnings }
}

interface Target {
  readonly component: string
  readonly architecture: string
  readonly path: string
}

/** Every index that could be wanted. A flat repository has one for all architectures. */
export function listTargets(repository: AptRepository): Target[] {
  if (repository.components.length === 0) {
    return [{ component: '', architecture: repository.architectures[0] ?? '', path: 'Packages' }]
  }

  const architectures = [...new Set([...repository.architectures, 'all'])]
  return repository.components.flatMap((component) =>
    architectures.map((architecture) => ({
      component,
      architecture,
      path: `${component}/binary-${architecture}/Packages`,
    })),
  )
}

function isOnlyAll(repository: AptRepository): boolean {
  return repository.architectures.every((architecture) => architecture === 'all')
}

/** Source: apt's debReleaseIndex::IsArchitectureAllSupportedFor. */
function keepsAllApart(file: ReleaseFile): boolean {
  return (file.architectures === null || file.architectures.includes('all')) && !file.noSupportForAll
}

function findVariants(file: ReleaseFile, path: string): ListPlan['variants'] {
  return COMPRESSIONS.flatMap(({ extension, kind }) => {
    const promised = file.files.get(path + extension)
    return promised === undefined ? [] : [{ path: path + extension, kind, file: promised }]
  })
}

function describeAbsence(
  target: Target,
  file: ReleaseFile,
  isPackedOnly: boolean,
): { sentence: string; isDeclared: boolean } {
  const { component, architecture } = target
  if (isPackedOnly) {
    return {
      sentence: `The Release file does not list ${target.path} itself, so that apt skips it.`,
      isDeclared: false,
    }
  }
  if (file.architectures !== null && !file.architectures.includes(architecture)) {
    return { sentence: `The repository does not support architecture '${architecture}'.`, isDeclared: true }
  }

  const path = component === '' ? 'Packages' : `component '${component}' for ${architecture}`
  return { sentence: `The repository has no ${path}.`, isDeclared: false }
}
