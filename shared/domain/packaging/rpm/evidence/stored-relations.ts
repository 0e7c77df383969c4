import { Fault } from '../../../fault.ts'
import type { RpmRelation, RpmRelations } from '../model.ts'

const KINDS = ['provides', 'requires', 'conflicts', 'obsoletes'] as const
const OPERATORS = ['', '<', '<=', '=', '>=', '>'] as const
const SEPARATOR = '\0'
const ZERO = 0x30
const CONFLICTS = 1
const OBSOLETES = 2

/** The relations of one package as one text, null where nothing is known of them. */
export function encodeRelations(relations: RpmRelations | null): string | null {
  if (relations === null) return null
  return KINDS.map((kind) => relations[kind].map(encodeRelation).join('\n')).join(SEPARATOR)
}

function encodeRelation({ name, operator, evr }: RpmRelation): string {
  return operator === '' && evr === '' ? name : `${name}\t${OPERATORS.indexOf(operator)}${evr}`
}

/** Bits: 1 it conflicts with something, 2 it obsoletes something. */
export function flagsOf(relations: RpmRelations | null): number {
  if (relations === null) return 0
  return (relations.conflicts.length > 0 ? CONFLICTS : 0) + (relations.obsoletes.length > 0 ? OBSOLETES : 0)
}

const EMPTY: readonly RpmRelation[] = []

interface LazyRelations {
  readonly flags: number
  readonly buffer: Buffer
  readonly from: number
  readonly to: number
  texts: readonly string[] | null
  provided: readonly RpmRelation[] | null
  required: readonly RpmRelation[] | null
}

/**
 * What every package's relations inherit: a getter a kind. An object literal with getters of its own would cost more than all the rest of
 * decoding. Conflicts and obsoletes are few, so only the two long lists are kept once read.
 */
const LAZY: RpmRelations & ThisType<LazyRelations> = {
  get provides() {
    this.provided ??= readKind(this, 0)
    return this.provided
  },
  get requires() {
    this.required ??= readKind(this, 1)
    return this.required
  },
  get conflicts() {
    return (this.flags & CONFLICTS) === 0 ? EMPTY : readKind(this, 2)
  },
  get obsoletes() {
    return (this.flags & OBSOLETES) === 0 ? EMPTY : readKind(this, 3)
  },
}

/** The relations that stand between two places of stored bytes. @throws Fault `data_damaged`, also later, when they are first read */
export function openRelations(buffer: Buffer, from: number, to: number, flags: number): RpmRelations {
  if (to > buffer.byteLength || flags < 0 || flags > 3) throw damaged()
  const lazy = { __proto__: LAZY, flags, buffer, from, to, texts: null, provided: null, required: null }
  return lazy as unknown as RpmRelations
}

function readKind(lazy: LazyRelations, kind: number): readonly RpmRelation[] {
  lazy.texts ??= lazy.buffer.toString('utf8', lazy.from, lazy.to).split(SEPARATOR)
  if (lazy.texts.length !== KINDS.length) throw damaged()
  const text = lazy.texts[kind] ?? ''
  return text === '' ? EMPTY : text.split('\n').map(decodeRelation)
}

function decodeRelation(line: string): RpmRelation {
  const tab = line.indexOf('\t')
  if (tab === -1) return { name: line, operator: '', evr: '' }
  const operator = OPERATORS[line.charCodeAt(tab + 1) - ZERO]
  if (operator === undefined) throw damaged()
  return { name: line.slice(0, tab), operator, evr: line.slice(tab + 2) }
}

/** A stored inventory is not what was stored. */
export function damaged(cause?: unknown): Fault {
  return new Fault('data_damaged', 'A stored inventory is not what it should be.', { cause })
}
