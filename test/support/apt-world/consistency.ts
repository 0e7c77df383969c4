import { orderVersions } from './dpkg-order.ts'
import type { Stanza } from './stanza.ts'

/**
 * Takes packages out until every relation of the rest holds among themselves. apt refuses to upgrade a broken system, and says so
 * itself where this reading of the relations is too kind.
 */
export function dropBroken(wanted: readonly Stanza[], native: string): Stanza[] {
  let rest = dropUnequalSiblings(wanted)
  for (;;) {
    const kept = rest.filter((stanza) => holds(stanza, rest, native))
    if (kept.length === rest.length) return kept
    rest = kept
  }
}

/** Multi-Arch: same packages of one name are installed in one version only. */
function dropUnequalSiblings(wanted: readonly Stanza[]): Stanza[] {
  const versions = new Map<string, string>()
  return wanted.filter((stanza) => {
    const version = versions.get(stanza.name) ?? stanza.version
    versions.set(stanza.name, version)
    return version === stanza.version
  })
}

function holds(stanza: Stanza, all: readonly Stanza[], native: string): boolean {
  const { depends, preDepends, breaks, conflicts } = stanza.relations
  const archOf = (one: Stanza) => (one.architecture === 'all' ? native : one.architecture)
  const satisfies = (group: string) =>
    group.split('|').some((text) => {
      const relation = readRelation(text)
      return all.some((one) => {
        if (!provides(one, relation)) return false
        if (archOf(one) === archOf(stanza) || one.multiArch === 'foreign') return true
        return relation.any && one.multiArch === 'allowed'
      })
    })
  if (![...depends, ...preDepends].every(satisfies)) return false

  return ![...breaks, ...conflicts].some((text) => {
    const relation = readRelation(text)
    return all.some((one) => one.name !== stanza.name && provides(one, relation))
  })
}

interface Relation {
  readonly name: string
  readonly any: boolean
  readonly operator: string
  readonly version: string
}

function readRelation(text: string): Relation {
  const [, name = '', any, operator = '', version = ''] =
    /^\s*([^\s:(]+)(:any)?\s*(?:\(([<>=]+) ([^)]+)\))?/.exec(text) ?? []
  return { name, any: any !== undefined, operator, version }
}

function provides(one: Stanza, relation: Relation): boolean {
  if (one.name === relation.name) return fits(one.version, relation)
  return one.relations.provides.some((text) => {
    const provided = readRelation(text)
    if (provided.name !== relation.name) return false
    return relation.operator === '' || (provided.version !== '' && fits(provided.version, relation))
  })
}

function fits(version: string, { operator, version: limit }: Relation): boolean {
  if (operator === '') return true

  const order = orderVersions(version, limit)
  if (operator === '<<') return order < 0
  if (operator === '<=') return order <= 0
  if (operator === '=') return order === 0
  return operator === '>=' ? order >= 0 : order > 0
}
