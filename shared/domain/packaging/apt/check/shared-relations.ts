import type { AptPackage, AptRelations } from '../model.ts'
import { parseRelations } from './relations.ts'
import type { ParsedRelations } from './relations.ts'
import type { OfferedVersion } from './version-list.ts'

/** Relation fields as read, shared by all machines and lists that say the same of the same package. */
export interface SharedRelations {
  identify(name: string): number
  /** `id` is the package's own; `content`, where it is known, that of the fields. */
  read(id: number, fields: AptRelations, content?: string): ParsedRelations
  /**
   * Number and relations of an installed package. Where it is installed in a version that is offered, `offered`, they are kept with
   * that: the next machine that has it finds them there.
   */
  readInstalled(installed: AptPackage, offered: OfferedVersion | null): KnownPackage
  /** Names that have a number so far. */
  countNames(): number
  /** So many are kept that it is time to begin anew. */
  isFull(): boolean
}

/** What was read of an installed package. */
export interface KnownPackage {
  readonly id: number
  readonly relations: ParsedRelations
  /** The content of the relations; undefined: not known. */
  readonly content: string | undefined
  readonly by: SharedRelations
}

const MAX_KEPT = 60_000

export function openSharedRelations(): SharedRelations {
  const ids = new Map<string, number>()
  const byId: ({ fields: AptRelations; parsed: ParsedRelations }[] | undefined)[] = []
  const byContent = new Map<string, ParsedRelations>()
  let kept = 0
  const identify = (name: string): number => {
    const known = ids.get(name)
    if (known !== undefined) return known

    ids.set(name, ids.size)
    byId.push(undefined)
    return ids.size - 1
  }
  const readFields = (id: number, fields: AptRelations): ParsedRelations => {
    const known = byId[id]
    if (known !== undefined) for (const entry of known) if (isEqual(entry.fields, fields)) return entry.parsed

    const parsed = parseRelations(fields, identify)
    kept += 1
    if (known === undefined) byId[id] = [{ fields, parsed }]
    // Hundreds of variants of one package would only slow the search down.
    else if (known.length < 16) known.push({ fields, parsed })
    return parsed
  }
  const shared: SharedRelations = {
    identify,
    read(id, fields, content) {
      if (content === undefined) return readFields(id, fields)

      const known = byContent.get(content)
      if (known !== undefined) return known

      const parsed = readFields(id, fields)
      byContent.set(content, parsed)
      return parsed
    },
    readInstalled(installed, offered) {
      const { relationsId: content } = installed
      const known = offered?.installed ?? null
      if (known !== null && known.by === shared && known.content === content && content !== undefined) return known

      const id = identify(installed.name)
      const read = { id, relations: shared.read(id, installed.relations, content), content, by: shared }
      if (offered !== null) offered.installed = read
      return read
    },
    countNames: () => ids.size,
    isFull: () => kept > MAX_KEPT || ids.size > MAX_KEPT || byContent.size > MAX_KEPT,
  }
  return shared
}

function isEqual(a: AptRelations, b: AptRelations): boolean {
  if (a === b) return true

  return (
    a.depends === b.depends &&
    a.recommends === b.recommends &&
    a.provides === b.provides &&
    a.breaks === b.breaks &&
    a.conflicts === b.conflicts &&
    a.preDepends === b.preDepends
  )
}
