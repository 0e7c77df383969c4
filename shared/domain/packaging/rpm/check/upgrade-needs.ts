import type { RpmOffer, RpmRelation } from '../model.ts'
import type { InstalledIndex } from './installed-index.ts'
import { readRichRelation } from './rich-relation.ts'
import type { RichRelation } from './rich-relation.ts'
import type { RunInput } from './change.ts'

/** A relation with what it is made of where it is a rich one; null for a rich one: not readable, so that nobody knows. */
export interface Need {
  readonly relation: RpmRelation
  readonly rich: RichRelation | null
}

/** A need of an installed package that may be met no longer. */
export interface TouchedNeed extends Need {
  /** The package's place in the inventory. */
  readonly index: number
}

export interface Lost {
  /** Names of what the removed packages provide and the offers that take their place do not provide in just that way. */
  readonly names: ReadonlySet<string>
  readonly touched: readonly TouchedNeed[]
}

/** What changes take away, and which needs of installed packages that concerns. */
export function listLost({ installed, changes }: Pick<RunInput, 'installed' | 'changes'>): Lost {
  const names = new Set<string>()
  for (const { options, removes } of changes) {
    const isKept = openLookup(options[0]?.offer.relations.provides ?? [])
    for (const index of removes) {
      for (const [at, relation] of (installed.packages[index]?.relations?.provides ?? []).entries()) {
        if (!names.has(relation.name) && !isKept(relation, at)) names.add(relation.name)
      }
    }
  }

  const touched: TouchedNeed[] = []
  if (names.size === 0) return { names, touched }
  for (const [index, { relations }] of installed.packages.entries()) {
    for (const relation of relations?.requires ?? []) {
      if (names.has(relation.name)) touched.push({ index, relation, rich: null })
      else if (relation.name.startsWith('(')) addRich(touched, index, relation, names)
    }
  }
  return { names, touched }
}

function addRich(touched: TouchedNeed[], index: number, relation: RpmRelation, names: ReadonlySet<string>): void {
  const rich = readRichRelation(relation.name)
  if (rich !== null && listSingles(relation, rich).some(({ name }) => names.has(name))) {
    touched.push({ index, relation, rich })
  }
}

/** What the offer needs that the package before it did not need in just that way, or that may be lost. */
export function listNewNeeds(
  offer: RpmOffer,
  removes: ReadonlySet<number>,
  { installed, lost }: { installed: InstalledIndex; lost: ReadonlySet<string> },
): Need[] {
  const before = [...removes].flatMap((index) => {
    const old = installed.packages[index]!
    return old.name === offer.name ? (old.relations?.requires ?? []) : []
  })
  const wasNeeded = openLookup(before)
  return offer.relations.requires
    .filter((relation, at) => lost.has(relation.name) || !wasNeeded(relation, at))
    .map((relation) => ({ relation, rich: readIfRich(relation) }))
}

/** null for a plain relation, and for a rich one that cannot be read. */
export function readIfRich(relation: RpmRelation): RichRelation | null {
  return relation.name.startsWith('(') ? readRichRelation(relation.name) : null
}

/** The plain relations that it is made of. */
export function listSingles(relation: RpmRelation, rich: RichRelation | null): RpmRelation[] {
  return rich === null ? [relation] : collect(rich)
}

function collect(rich: RichRelation): RpmRelation[] {
  switch (rich.kind) {
    case 'single':
      return [rich.relation]
    case 'and':
    case 'or':
      return rich.of.flatMap(collect)
    case 'if':
    case 'unless':
      return [rich.wanted, rich.condition, ...(rich.otherwise === null ? [] : [rich.otherwise])].flatMap(collect)
    case 'same-package':
      return []
    default:
      return rich satisfies never
  }
}

/** Lists of more relations are looked up by their words. */
const FEW = 24

/** Is it among them? One version of a package after the other mostly says the same at the same place, which is looked at first. */
function openLookup(relations: readonly RpmRelation[]): (relation: RpmRelation, at: number) => boolean {
  let known: Set<string> | null = null
  return (relation, at) => {
    const there = relations[at]
    if (there !== undefined && isSame(there, relation)) return true
    if (relations.length <= FEW) return relations.some((other) => isSame(other, relation))
    return (known ??= new Set(relations.map(describe))).has(describe(relation))
  }
}

function isSame(a: RpmRelation, b: RpmRelation): boolean {
  return a.name === b.name && a.operator === b.operator && (a.operator === '' || a.evr === b.evr)
}

function describe({ name, operator, evr }: RpmRelation): string {
  return operator === '' ? name : `${name} ${operator} ${evr}`
}
