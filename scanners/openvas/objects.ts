import { Fault } from '#shared/domain/fault.ts'
import { attribute, childText, findChild } from '#shared/domain/report/xml-node.ts'
import type { XmlNode } from '#shared/domain/report/xml-reader.ts'
import { element, type Markup } from './gmp/markup.ts'
import type { GmpAnswer, GmpSession } from './gmp/session.ts'
import { judgeAnswer, refuse } from './gmp/status.ts'
import { readTask, type Task } from './task.ts'

/** What we made says so: nothing else is ever adopted, listed or removed. */
export const OURS = 'Made by Lazaret, removed by it after the scan.'

const PAGE = 500
const MAX_PAGES = 200
const KINDS = {
  task: { command: 'get_tasks', attributes: { usage_type: 'scan' } },
  target: { command: 'get_targets', attributes: {} },
} as const

export interface Target {
  readonly id: string
  readonly name: string
  readonly hosts: string
}

/** The answer to a question that must succeed. @throws Fault */
export async function askFor(session: GmpSession, request: Markup): Promise<GmpAnswer> {
  const answer = await session.ask(request)
  if (judgeAnswer(answer.status) !== 'done') throw refuse(answer.status)
  return answer
}

/** One task as it is now; null: there is none of this id. @throws Fault */
export async function findTask(session: GmpSession, id: string): Promise<Task | null> {
  const answer = await session.ask(element('get_tasks', { task_id: id }))
  if (judgeAnswer(answer.status) === 'gone') return null
  if (judgeAnswer(answer.status) !== 'done') throw refuse(answer.status)
  const node = answer.parts.find((part) => part.name === 'task' && attribute(part, 'id') === id)
  return node === undefined ? null : readTask(node)
}

export async function listTasks(session: GmpSession, prefix: string): Promise<readonly Task[]> {
  return (await listOurs(session, 'task', prefix)).map(readTask)
}

export async function listTargets(session: GmpSession, prefix: string): Promise<readonly Target[]> {
  return (await listOurs(session, 'target', prefix)).map((node) => ({
    id: attribute(node, 'id'),
    name: childText(node, 'name'),
    hosts: childText(node, 'hosts'),
  }))
}

/**
 * Page by page: gvmd gives 1,000 at most, however many are asked for. Its filter knows no way to write quotes, so it gets the plain beginning
 * of the prefix only; the rest is compared here.
 */
async function listOurs(session: GmpSession, kind: 'task' | 'target', prefix: string): Promise<readonly XmlNode[]> {
  const { command, attributes } = KINDS[kind]
  const plain = /^[A-Za-z0-9-]{0,80}/.exec(prefix)?.[0] ?? ''
  const found: XmlNode[] = []
  let seen = 0
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const filter = `${plain === '' ? '' : `name~${plain} `}first=${seen + 1} rows=${PAGE} sort=name`
    const { parts } = await askFor(session, element(command, { ...attributes, filter }))
    const nodes = parts.filter(({ name }) => name === kind)
    found.push(...nodes.filter((node) => isOurs(node) && childText(node, 'name').startsWith(prefix)))
    seen += nodes.length
    const count = parts.find(({ name }) => name === `${kind}_count`) ?? null
    const total = Number(childText(count, 'filtered'))
    if (count === null || !Number.isSafeInteger(total)) throw new Fault('scanner_unreachable', 'A list has no count.')
    if (nodes.length === 0 || seen >= total) return found
  }
  throw new Fault('scanner_refused', `There are more than ${PAGE * MAX_PAGES} ${kind}s of ours on the scanner.`)
}

function isOurs(node: XmlNode): boolean {
  return childText(node, 'comment') === OURS
}

/** What a person named, by its name first and its id second. null: it is not there. */
export async function findNamed(
  session: GmpSession,
  kind: 'config' | 'port_list' | 'scanner',
  wanted: string,
  wellKnownId: string | undefined,
): Promise<XmlNode | null> {
  const usage = kind === 'config' ? { usage_type: 'scan' } : {}
  const { parts } = await askFor(session, element(`get_${kind}s`, { ...usage, filter: 'first=1 rows=1000' }))
  const nodes = parts.filter(({ name }) => name === kind)
  return (
    nodes.find((node) => childText(node, 'name') === wanted) ??
    nodes.find((node) => attribute(node, 'id') === wanted) ??
    nodes.find((node) => wellKnownId !== undefined && attribute(node, 'id') === wellKnownId) ??
    null
  )
}

/** How many of its checks the configuration holds. */
export function countChecks(config: XmlNode): number {
  const count = Number(findChild(config, 'nvt_count')?.text.trim())
  return Number.isSafeInteger(count) ? count : 0
}
