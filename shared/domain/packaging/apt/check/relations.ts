import type { AptRelations } from '../model.ts'
import { compareAptVersions } from '../version.ts'
import type { PackageName } from './package-name.ts'

/** `foo`, `foo:any (>= 1.0)`: one alternative of a dependency, or one conflict. */
export interface Relation {
  readonly name: PackageName
  /** `any`, `native`, an architecture; '' where there is none. */
  readonly qualifier: string
  readonly operator: '' | '<<' | '<=' | '=' | '>=' | '>>'
  readonly version: string
  /** The last question and its answer: most machines have the same versions of most packages. */
  asked: string
  answer: boolean
}

/** Alternatives of which one must hold, for packages of one architecture; one object for all packages that say the same. */
export interface Group {
  readonly number: number
  readonly relations: readonly Relation[]
  /** Effective architecture of the packages that say it. */
  readonly from: string
}

/** A conflict; one object for all packages that say the same. */
export interface Refusal {
  readonly number: number
  readonly relation: Relation
}

export interface ParsedRelations {
  /** Depends and Pre-Depends; of each group one alternative must hold. */
  readonly depends: readonly Group[]
  /** Conflicts and Breaks; none may hold. */
  readonly conflicts: readonly Refusal[]
  /** Wanted, not needed: decides only where the machine's apt installs recommendations. */
  readonly recommends: readonly Group[]
  readonly provides: readonly Relation[]
  /** A field that cannot be read: nobody can say whether the package could be installed. */
  readonly isMalformed: boolean
}

/** Gives one object for one name, one group, one conflict. */
export interface RelationNames {
  readonly identify: (name: string) => PackageName
  /** `text` is as written; `read` gives the alternatives, null where they cannot be read. */
  readonly shareGroup: (text: string, read: ReadAlternatives) => Group | null
  readonly shareRefusals: (text: string, read: ReadAlternatives) => readonly Refusal[] | null
}

type ReadAlternatives = (text: string) => readonly Relation[] | null

const MAX_RELATIONS = 5000

/** Reads the fields that decide whether a package can stand among others (deb-control(5)). Never throws. */
export function parseRelations(fields: AptRelations, names: RelationNames): ParsedRelations {
  const read = (text: string) => parseAlternatives(text, names)
  const group = (text: string) => names.shareGroup(text, read)
  const refusal = (text: string) => names.shareRefusals(text, read)
  const preDepends = parseField(fields.preDepends, group)
  const depends = parseField(fields.depends, group)
  const conflicts = parseField(fields.conflicts, refusal)
  const breaks = parseField(fields.breaks, refusal)
  const recommends = parseField(fields.recommends, group)
  const provides = parseField(fields.provides, read)
  return {
    depends: joined(preDepends, depends),
    conflicts: joined(conflicts, breaks).flat(),
    recommends: recommends ?? [],
    // A provided version is exact; anything else is ignored, as apt does.
    provides: (provides ?? []).flat().filter(({ operator }) => operator === '' || operator === '='),
    isMalformed: [preDepends, depends, conflicts, breaks, provides].includes(null),
  }
}

/** All names that the relations speak of, but what is provided. */
export function listMentioned(relations: ParsedRelations): ReadonlySet<PackageName> {
  const { depends, conflicts, recommends } = relations
  const groups = [...depends, ...recommends].flatMap((group) => group.relations)
  return new Set([...groups, ...conflicts.map(({ relation }) => relation)].map(({ name }) => name))
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

function joined<Part>(first: readonly Part[] | null, second: readonly Part[] | null): readonly Part[] {
  if (first === null || first.length === 0) return second ?? []

  return second === null || second.length === 0 ? first : [...first, ...second]
}

/** The parts between the commas; null when one cannot be read, or there are too many. */
function parseField<Part extends object>(
  field: string,
  parsePart: (text: string) => Part | null,
): readonly Part[] | null {
  if (field === '') return []

  const parts: Part[] = []
  const texts = field.split(',', MAX_RELATIONS + 1)
  if (texts.length > MAX_RELATIONS) return null

  for (const written of texts) {
    const text = written.trim()
    // A comma too many is forgiven, as dpkg does.
    if (text === '') continue

    const part = parsePart(text)
    if (part === null) return null
    parts.push(part)
  }
  return parts
}

function parseAlternatives(text: string, names: RelationNames): readonly Relation[] | null {
  const relations: Relation[] = []
  for (const part of text.split('|')) {
    const relation = parseRelation(part, names)
    if (relation === null) return null
    relations.push(relation)
  }
  return relations
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

function parseRelation(text: string, { identify }: RelationNames): Relation | null {
  const open = text.indexOf('(')
  const word = (open < 0 ? text : text.slice(0, open)).trim()
  const colon = word.lastIndexOf(':')
  const name = (colon < 0 ? word : word.slice(0, colon)).toLowerCase()
  const qualifier = colon < 0 ? '' : word.slice(colon + 1)
  if (name === '' || /\s/.test(word)) return null
  if (open < 0) return makeRelation(identify(name), qualifier, '', '')

  const close = text.indexOf(')', open)
  const inner = text.slice(open + 1, Math.max(close, open + 1)).trim()
  const length = [2, 1].find((size) => OPERATORS.has(inner.slice(0, size)))
  // Without an operator the version is meant exactly.
  const operator = length === undefined ? '=' : (OPERATORS.get(inner.slice(0, length)) ?? '=')
  const version = inner.slice(length ?? 0).trim()
  if (close < 0 || version === '') return null

  return makeRelation(identify(name), qualifier, operator, version)
}

function makeRelation(name: PackageName, qualifier: string, operator: Relation['operator'], version: string): Relation {
  return { name, qualifier, operator, version, asked: '', answer: false }
}
