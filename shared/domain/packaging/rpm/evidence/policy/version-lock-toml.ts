import type { RpmLock } from '../../model.ts'
import { beyondQuota } from '../../../evidence-fault.ts'
import { showWord } from '../show-word.ts'
import type { Report } from '../files/report.ts'
import { readToml } from './toml.ts'
import type { TomlTable } from './toml.ts'

const MAX_LOCKS = 20_000
const PACKAGES = 'packages'
const CONDITIONS = 'packages.conditions'

/**
 * dnf5's locks (dnf5-versionlock(8)): a table for each package, and for each the conditions that a version must meet to be taken. A file that
 * dnf5 could not read, or a condition that is not known, is a problem. @throws Fault `quota_exceeded`
 */
export function readVersionLockToml(path: string, text: string, report: Report): RpmLock[] {
  const toml = readToml(text)
  if (toml.status === 'refused') {
    report.problems.push(`${path}:${toml.line}: cannot be read; which versions are locked is not known.`)
    return []
  }
  const version = toml.tables[0]?.values.get('version')?.value
  if (version !== undefined && version !== '1.0') {
    report.problems.push(`${path}:1: of a version that is not known; which versions are locked is not known.`)
    return []
  }

  const locks: Lock[] = []
  for (const table of toml.tables.slice(1)) {
    const place = `${path}:${table.line}`
    if (table.path === PACKAGES) locks.push(openLock(table, place, report))
    else if (table.path === CONDITIONS) addCondition(locks.at(-1), table, place, report)
    else report.warnings.push(`${place}: a table that dnf5 does not know.`)
    if (locks.length > MAX_LOCKS) throw beyondQuota(place, `more than ${MAX_LOCKS} locks.`)
  }
  return locks.filter(({ pattern }) => pattern !== '')
}

interface Lock extends RpmLock {
  readonly conditions: RpmLock['conditions'][number][]
}

function openLock({ values }: TomlTable, place: string, report: Report): Lock {
  const name = values.get('name')?.value
  if (typeof name !== 'string' || name === '') report.problems.push(`${place}: a lock without a name.`)
  return { pattern: typeof name === 'string' ? name : '', kind: 'only', conditions: [], place }
}

const KEYS = new Set<string>(['epoch', 'version', 'release', 'evr', 'arch'] satisfies Condition['key'][])
const OPERATORS = new Set<string>(['<', '<=', '=', '!=', '>=', '>'] satisfies Condition['operator'][])
type Condition = RpmLock['conditions'][number]

function addCondition(lock: Lock | undefined, { values }: TomlTable, place: string, report: Report): void {
  const text = (key: string) => String(values.get(key)?.value ?? '')
  const key = text('key')
  const operator = text('comparator')
  if (lock === undefined || !isKey(key) || !isOperator(operator) || !values.has('value')) {
    report.problems.push(`${place}: a lock with a condition on ${showWord(key)}, which is not followed.`)
    return
  }
  lock.conditions.push({ key, operator, value: text('value') })
}

function isKey(text: string): text is Condition['key'] {
  return KEYS.has(text)
}

function isOperator(text: string): text is Condition['operator'] {
  return OPERATORS.has(text)
}
