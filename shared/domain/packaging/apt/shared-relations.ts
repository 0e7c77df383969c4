import type { AptRelations } from './model.ts'
import { parseRelations } from './relations.ts'
import type { ParsedRelations } from './relations.ts'

/** Reads relation fields; the same fields of the same package only once, whichever machine or list they come from. */
export type ReadRelations = (name: string, fields: AptRelations) => ParsedRelations

export function openSharedRelations(): ReadRelations {
  const byName = new Map<string, { fields: AptRelations; parsed: ParsedRelations }[]>()
  return (name, fields) => {
    const known = byName.get(name)
    const found = known?.find((entry) => entry.fields === fields || isEqual(entry.fields, fields))
    if (found !== undefined) return found.parsed

    const entry = { fields, parsed: parseRelations(fields) }
    if (known === undefined) byName.set(name, [entry])
    else if (known.length < MAX_VARIANTS) known.push(entry)
    return entry.parsed
  }
}

/** Of one package; more are read anew each time. */
const MAX_VARIANTS = 16

function isEqual(a: AptRelations, b: AptRelations): boolean {
  return (
    a.depends === b.depends &&
    a.provides === b.provides &&
    a.breaks === b.breaks &&
    a.conflicts === b.conflicts &&
    a.preDepends === b.preDepends
  )
}
