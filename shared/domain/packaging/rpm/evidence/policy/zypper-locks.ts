import { readText } from '../../../../evidence.ts'
import type { Evidence } from '../../../../evidence.ts'
import type { RpmLock } from '../../model.ts'
import { beyondQuota } from '../../../evidence-fault.ts'
import { showWord } from '../show-word.ts'
import type { Report } from '../files/report.ts'

const FILE = 'etc/zypp/locks'
const MAX_LOCKS = 20_000
const MAX_BYTES = 4 * 1024 * 1024

/**
 * zypper's locks, stanzas of `key: value` apart by empty lines (libzypp, Locks.cc and PoolQuery.cc): nothing that one matches is taken. A lock
 * that is written in a way that is not followed is a problem: more may be locked than is thought. @throws Fault `quota_exceeded`
 */
export function readZypperLocks(evidence: Evidence, report: Report): RpmLock[] {
  const text = readText(evidence, FILE)
  if (text === null) return []
  if (text.length > MAX_BYTES) throw beyondQuota(FILE, 'more than 4 MiB of locks.')

  const locks: RpmLock[] = []
  for (const stanza of listStanzas(text)) {
    const place = `${FILE}:${stanza.line}`
    for (const lock of readStanza(stanza, place, report)) locks.push(lock)
    if (locks.length > MAX_LOCKS) throw beyondQuota(place, `more than ${MAX_LOCKS} locks.`)
  }
  return locks
}

interface Stanza {
  readonly line: number
  readonly fields: ReadonlyMap<string, readonly string[]>
}

function* listStanzas(text: string): Generator<Stanza> {
  let fields = new Map<string, string[]>()
  let start = 1
  for (const [index, raw] of [...text.split('\n'), ''].entries()) {
    const line = raw.trim()
    if (line === '') {
      if (fields.size > 0) yield { line: start, fields }
      fields = new Map()
      start = index + 2
      continue
    }
    if (line.startsWith('#')) continue
    const colon = line.indexOf(':')
    const key = line.slice(0, Math.max(colon, 0)).trim().toLowerCase()
    const value = line.slice(colon + 1).trim()
    const known = fields.get(key)
    if (known === undefined) fields.set(key, [value])
    else known.push(value)
  }
}

const FOLLOWED = new Set([
  'type',
  'match_type',
  'case_sensitive',
  'solvable_name',
  'version',
  'repo',
  'solvable_arch',
  'install_status',
  'complex',
  'query_string',
  'comment',
])

function readStanza({ fields }: Stanza, place: string, report: Report): RpmLock[] {
  const types = fields.get('type') ?? []
  if (types.length > 0 && !types.includes('package')) return []

  const first = (key: string) => fields.get(key)?.[0]
  const names = [...(fields.get('solvable_name') ?? []), ...(fields.get('query_string') ?? [])]
  const stranger =
    [...fields.keys()].find((key) => !FOLLOWED.has(key)) ?? (fields.has('complex') ? 'complex' : undefined)
  const patterns = names.map((name) =>
    readPattern(name, first('match_type') ?? 'substring', first('case_sensitive') ?? 'off'),
  )
  const isFollowed = stranger === undefined && names.length > 0 && patterns.every((pattern) => pattern !== null)
  const conditions = isFollowed ? readConditions(fields) : null
  if (conditions === null) {
    report.problems.push(
      `${place}: a lock with ${showWord(stranger ?? first('match_type') ?? 'nothing')}, which is not followed.`,
    )
    return []
  }
  return patterns.map((pattern) => ({ pattern: pattern ?? '', kind: 'never' as const, conditions, place }))
}

/** As a glob; null: a way to match that is no glob. A glob that is not told to be exact in case is so for names that are all lower case anyway. */
function readPattern(name: string, kind: string, caseSensitive: string): string | null {
  const isExact = ['on', 'true', '1', 'yes'].includes(caseSensitive.toLowerCase())
  const folded = isExact ? name : foldCase(name)
  switch (kind.toLowerCase()) {
    case 'glob':
      return folded
    case 'exact':
      return isExact ? escapeGlob(name) : foldCase(escapeGlob(name))
    case 'substring':
      return `*${isExact ? escapeGlob(name) : foldCase(escapeGlob(name))}*`
    default:
      return null
  }
}

function escapeGlob(text: string): string {
  return text.replaceAll(/[*?[\]\\]/g, String.raw`\$&`)
}

/** `gcc` → `[gG][cC][cC]`; what stands in brackets already is left alone. */
function foldCase(text: string): string {
  if (text.includes('[')) return text
  return text.replaceAll(/[A-Za-z]/g, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`)
}

type Condition = RpmLock['conditions'][number]
const VERSION = /^(<=|>=|!=|==|=|<|>)?\s*([^<>=!\s]\S*)$/

/** null: a version that is not written as one. */
function readConditions(fields: Stanza['fields']): Condition[] | null {
  const conditions: Condition[] = []
  for (const text of fields.get('version') ?? []) {
    const found = VERSION.exec(text)
    const operator = (found?.[1] ?? '=').replace('==', '=')
    if (found === null || !isOperator(operator)) return null
    conditions.push({ key: 'evr', operator, value: found[2] ?? '' })
  }
  for (const value of fields.get('solvable_arch') ?? []) conditions.push({ key: 'arch', operator: '=', value })
  for (const value of fields.get('repo') ?? []) conditions.push({ key: 'repository', operator: '=', value })
  return conditions
}

function isOperator(text: string): text is Condition['operator'] {
  return ['<', '<=', '=', '!=', '>=', '>'].includes(text)
}
