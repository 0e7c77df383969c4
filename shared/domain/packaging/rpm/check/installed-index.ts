import type { RpmPackage, RpmRelation } from '../model.ts'

/** One relation, and the place of its package in the inventory. */
export interface Owned {
  readonly index: number
  readonly relation: RpmRelation
}

/** The installed packages, by what a dependency may ask of them. */
export interface InstalledIndex {
  readonly packages: readonly RpmPackage[]
  /** false: of some package nobody knows what it needs and provides. */
  readonly hasRelations: boolean
  /** Places in `packages`. */
  ofName(name: string): readonly number[]
  names(): Iterable<string>
  /** Makes `providing` ready for these names at once: most of what installed packages provide nobody asks for. */
  prepare(names: ReadonlySet<string>): void
  providing(name: string): readonly Owned[]
  conflictingWith(name: string): readonly Owned[]
  obsoleting(name: string): readonly Owned[]
  requiring(name: string): readonly Owned[]
}

/** Made once for an inventory; what only updates ask for is made when it is asked for. */
export function indexInstalled(packages: readonly RpmPackage[]): InstalledIndex {
  let index = known.get(packages)
  if (index === undefined) known.set(packages, (index = buildIndex(packages)))
  return index
}

const known = new WeakMap<readonly RpmPackage[], InstalledIndex>()

function buildIndex(packages: readonly RpmPackage[]): InstalledIndex {
  const byName = new Map<string, number[]>()
  for (const [index, { name }] of packages.entries()) {
    const others = byName.get(name)
    if (others === undefined) byName.set(name, [index])
    else others.push(index)
  }
  let prepared: ReadonlySet<string> = new Set()
  let preparedProvides = new Map<string, Owned[]>()
  let allProvides: Map<string, Owned[]> | null = null
  let conflicts: Map<string, Owned[]> | null = null
  let obsoletes: Map<string, Owned[]> | null = null
  let requires: Map<string, Owned[]> | null = null
  return {
    packages,
    hasRelations: packages.every(({ relations }) => relations !== null),
    ofName: (name) => byName.get(name) ?? [],
    names: () => byName.keys(),
    prepare: (names) => {
      if (allProvides !== null) return
      prepared = names
      preparedProvides = groupRelations(packages, 'provides', names)
    },
    providing: (name) => {
      if (allProvides === null && prepared.has(name)) return preparedProvides.get(name) ?? []
      return (allProvides ??= groupRelations(packages, 'provides', null)).get(name) ?? []
    },
    conflictingWith: (name) => (conflicts ??= groupRelations(packages, 'conflicts', null)).get(name) ?? [],
    obsoleting: (name) => (obsoletes ??= groupRelations(packages, 'obsoletes', null)).get(name) ?? [],
    requiring: (name) => (requires ??= groupRelations(packages, 'requires', null)).get(name) ?? [],
  }
}

/** `wanted` null: of all names. */
function groupRelations(
  packages: readonly RpmPackage[],
  kind: 'provides' | 'conflicts' | 'obsoletes' | 'requires',
  wanted: ReadonlySet<string> | null,
): Map<string, Owned[]> {
  const grouped = new Map<string, Owned[]>()
  for (const [index, { relations }] of packages.entries()) {
    for (const relation of relations?.[kind] ?? []) {
      if (wanted !== null && !wanted.has(relation.name)) continue
      const others = grouped.get(relation.name)
      if (others === undefined) grouped.set(relation.name, [{ index, relation }])
      else others.push({ index, relation })
    }
  }
  return grouped
}
