import type { RpmRelation } from '../model.ts'

/** A relation with operators of its own, `(a or b)`; `single` is a plain one. */
export type RichRelation =
  | { readonly kind: 'single'; readonly relation: RpmRelation }
  | { readonly kind: 'and' | 'or'; readonly of: readonly RichRelation[] }
  /** `wanted` must hold where `condition` holds (`unless`: where it does not), else `otherwise`. */
  | {
      readonly kind: 'if' | 'unless'
      readonly wanted: RichRelation
      readonly condition: RichRelation
      readonly otherwise: RichRelation | null
    }
  /** `with`, `without`: about one and the same package. */
  | { readonly kind: 'same-package' }

const MAX_DEPTH = 10
const MAX_TOKENS = 200

/** Reads rpm's boolean dependencies (rpm's `boolean_dependencies` manual page). null: not one, or deeper or longer than anyone writes. */
export function readRichRelation(text: string): RichRelation | null {
  const tokens = splitTokens(text)
  if (tokens === null) return null

  const reading = { tokens, at: 0 }
  const read = readGroup(reading, 0)
  return reading.at === tokens.length ? read : null
}

interface Reading {
  readonly tokens: readonly string[]
  at: number
}

/** Parentheses that belong to a name, `foo(x86-64)`, stay in it. */
function splitTokens(text: string): string[] | null {
  const tokens: string[] = []
  let depth = 0
  let word = ''
  const finish = () => {
    if (word !== '') tokens.push(word)
    word = ''
  }
  for (const character of text) {
    if (character === ' ' || character === '\t') {
      finish()
    } else if (character === '(' && word === '') {
      tokens.push('(')
    } else if (character === ')' && depth === 0) {
      finish()
      tokens.push(')')
    } else {
      if (character === '(') depth += 1
      if (character === ')') depth -= 1
      word += character
    }
    if (tokens.length > MAX_TOKENS) return null
  }
  finish()
  return depth === 0 ? tokens : null
}

function readGroup(reading: Reading, depth: number): RichRelation | null {
  if (depth > MAX_DEPTH || reading.tokens[reading.at] !== '(') return null

  reading.at += 1
  const first = readOperand(reading, depth)
  if (first === null) return null

  const operator = reading.tokens[reading.at]
  if (operator === ')') {
    reading.at += 1
    return first
  }
  const operands = readOperands(reading, operator ?? '', first, depth)
  if (operands === null || reading.tokens[reading.at] !== ')') return null

  reading.at += 1
  return combine(operator ?? '', operands)
}

interface Operands {
  readonly all: readonly RichRelation[]
  readonly otherwise: RichRelation | null
}

function readOperands(reading: Reading, operator: string, first: RichRelation, depth: number): Operands | null {
  const all = [first]
  while (reading.tokens[reading.at] === operator) {
    reading.at += 1
    const next = readOperand(reading, depth)
    if (next === null) return null
    all.push(next)
  }
  if (reading.tokens[reading.at] !== 'else') return { all, otherwise: null }

  reading.at += 1
  const otherwise = readOperand(reading, depth)
  return otherwise === null ? null : { all, otherwise }
}

function combine(operator: string, { all, otherwise }: Operands): RichRelation | null {
  const [wanted, condition] = all
  switch (operator) {
    case 'and':
    case 'or':
      return { kind: operator, of: all }
    case 'with':
    case 'without':
      return { kind: 'same-package' }
    case 'if':
    case 'unless':
      if (wanted === undefined || condition === undefined || all.length > 2) return null
      return { kind: operator, wanted, condition, otherwise }
    default:
      return null
  }
}

function readOperand(reading: Reading, depth: number): RichRelation | null {
  const { tokens } = reading
  if (tokens[reading.at] === '(') return readGroup(reading, depth + 1)

  const name = tokens[reading.at]
  if (name === undefined || name === ')') return null
  reading.at += 1

  const operator = tokens[reading.at] ?? ''
  const evr = tokens[reading.at + 1]
  if (!isOperator(operator)) return { kind: 'single', relation: { name, operator: '', evr: '' } }
  if (evr === undefined || evr === ')' || evr === '(') return null

  reading.at += 2
  return { kind: 'single', relation: { name, operator, evr } }
}

function isOperator(text: string): text is '<' | '<=' | '=' | '>=' | '>' {
  return text === '<' || text === '<=' || text === '=' || text === '>=' || text === '>'
}
