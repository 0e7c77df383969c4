import { openNumberList, type NumberList } from './number-list.ts'
import { openVarintBuffer, type VarintBuffer } from './varint-buffer.ts'

/** Relations of one kind while a package is read, in the very bytes that the list keeps of them. */
export interface RelationDraft {
  /** @param operator its place in `OPERATORS`; without one (0) the version counts for nothing */
  push(name: number, operator: number, evr: number): void
  clear(): void
  readonly count: number
  readonly encoded: VarintBuffer
  /** The names, where something is found by them. */
  readonly names: NumberList
}

// A relation's number is the name's times this, and its operator.
const OPERATOR_SPACE = 8

export function openRelationDraft(keepsNames: boolean): RelationDraft {
  const [encoded, names] = [openVarintBuffer(), openNumberList()]
  let count = 0
  return {
    push(name, operator, evr) {
      encoded.number(OPERATOR_SPACE * name + operator)
      if (operator !== 0) encoded.number(evr)
      if (keepsNames) names.push(name)
      count += 1
    },
    clear() {
      encoded.clear()
      names.clear()
      count = 0
    },
    get count() {
      return count
    },
    encoded,
    names,
  }
}
