import type { AptRelations } from '../model.ts'
import { compareAptVersions } from '../version.ts'

/** `foo`, `foo:any (>= 1.0)`: one alternative of a dependency, or one conflict. */
export interface Relation {
  readonly name: string
  /** A number for the name, the same for the same name among relations that were read together. */
  readonly id: number
  /** `any`, `native`, an architecture; '' where there is none. */
  readonly qualifier: string
  readonly operator: '' | '<<' | '<=' | '=' | '>=' | '>>'
  readonly version: string
  /** The last question and its answer: most machines have the same versions of most packages. */
  asked: string
  answer: boolean
}

export interface ParsedRelations {
  /** Depends and Pre-Depends; of each group one alternative must hold. */
  readonly depends: readonly (readonly Relation[])[]
  /** Conflicts and Breaks; none may hold. */
  readonly conflicts: readonly Relation[]
  /** Wanted, not needed: decides only where the machine's apt installs recommendations. */
  readonly recommends: readonly (readonly Relation[])[]
  readonly provides: readonly Relation[]
  /** Numbers of all names that the above speak of, but what is provided. */
  readonly mentioned: readonly number[]
  /** A field that cannot be read: nobody can say whether the package could be installed. */
  readonly isMalformed: boolean
}

const MAX_RELATIONS = 5000

/**
 * Reads the fields that decide whether a package can stand among others (deb-control(5)). `identify` gives each name its number.
 * Never throws.
 */
export function parseRelations(fields: AptRelations, identify: (name: string) => number): ParsedRelations {
  const preDepends = parseGroups(fields.preDepends, identify)
  const depends = parseGroups(fields.depends, identify)
  const conflicts = parseGroups(fields.conflicts, identify)
  const breaks = parseGroups(fields.breaks, identify)
  const recommends = parseGroups(fields.recommends, identify)
  const provides = parseGroups(fields.provides, identify)
  const needs = joined(preDepends, depends)
  const refuses = joined(conflicts, breaks).flat()
  return {
    depends: needs,
    conflicts: refuses,
    recommends: recommends ?? NONE,
    // A provided version is exact; anything else is ignored, as apt does.
    provides: (provides ?? []).flat().filter(({ operator }) => operator === '' || operator === '='),
    mentioned: [...new Set([...needs.flat(), ...refuses, ...(recommends ?? NONE).flat()].map(({ id }) => id))],
    isMalformed: [preDepends, depends, conflicts, breaks, provides].includes(null),
  }
}

/** Does the version fulfil the relation? A relation without a version takes all, a version of '' (none) only such a relation. */
export function acceptsVersion(relation: Relation, version: string): boolean {
  if (relation.operator === '') return true
  if (relation.asked === version) return relation.answer

  relation.answer = version !== '' && isInOrder(compareAptVersions(version, relation.version), relation.operator)
  relation.asked = version
  return relation.answer
}

function isInOrder(order: -1 | 0 | 1, operator: Exclude<Relation['operator'], ''>): boolean {
  switch (operator) {
    case '<<':
      return order < 0
    case '<=':
      return order <= 0
    case '=':
      return order === 0
    case '>=':
      return order >= 0
    case '>>':
      return order > 0
    default:
      return operator satisfies never
  }
}

type Groups = readonly (readonly Relation[])[]

const NONE: Groups = []

function joined(first: Groups | null, second: Groups | null): Groups {
  if (first === null || first.length === 0) return second ?? NONE

  return second === null || second.length === 0 ? first : [...first, ...second]
}

function parseGroups(field: string, identify: (name: string) => number): Groups | null {
  if (field === '') return NONE

  const groups: Relation[][] = []
  const texts = field.split(',', MAX_RELATIONS + 1)
  if (texts.length > MAX_RELATIONS) return null

  for (const text of texts) {
    const group = text.split('|').map((part) => parseRelation(part, identify))
    // A comma too many is forgiven, as dpkg does.
    if (group.length === 1 && text.trim() === '') continue
    if (group.includes(null)) return null
    groups.push(group as Relation[])
  }
  return groups
}

const OPERATORS = new Map<string, Relation['operator']>([
  ['<<', '<<'],
  ['<=', '<='],
  ['<', '<='],
  ['=', '='],
  ['>=', '>='],
  ['>', '>='],
  ['>>', '>>'],
])

function parseRelation(text: string, identify: (name: string) => number): Relation | null {
  const open = text.indexOf('(')
  const word = (open < 0 ? text : text.slice(0, open)).trim()
  const colon = word.lastIndexOf(':')
  const name = (colon < 0 ? word : word.slice(0, colon)).toLowerCase()
  const qualifier = colon < 0 ? '' : word.slice(colon + 1)
  if (name === '' || /\s/.test(word)) return null
  if (open < 0) return { name, id: identify(name), qualifier, operator: '', version: '', asked: '', answer: false }

  const close = text.indexOf(')', open)
  const inner = text.slice(open + 1, Math.max(close, open + 1)).trim()
  const length = [2, 1].find((size) => OPERATORS.has(inner.slice(0, size)))
  // Without an operator the version is meant exactly.
  const operator = length === undefined ? '=' : (OPERATORS.get(inner.slice(0, length)) ?? '=')
  const version = inner.slice(length ?? 0).trim()
  if (close < 0 || version === '') return null

  return { name, id: identify(name), qualifier, operator, version, asked: '', answer: false }
}
