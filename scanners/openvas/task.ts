import { attribute, childText, findChild } from '#shared/domain/report/xml-node.ts'
import type { XmlNode } from '#shared/domain/report/xml-reader.ts'
import type { Look } from '#shared/ports/scanner.ts'

export interface Task {
  readonly id: string
  readonly name: string
  readonly targetId: string
  /** The report of the run that is or was; '' where it never ran. */
  readonly reportId: string
  /** gvmd's own word: `Stop Requested`. */
  readonly status: string
  /** 0 to 100; null where gvmd says nothing (-1). */
  readonly percent: number | null
}

export function readTask(node: XmlNode): Task {
  const reportOf = (part: string): string => attribute(findChild(findChild(node, part), 'report'), 'id')
  const progress = findChild(node, 'progress')?.text.trim() ?? ''
  return {
    id: attribute(node, 'id'),
    name: childText(node, 'name'),
    targetId: attribute(findChild(node, 'target'), 'id'),
    reportId: reportOf('current_report') || reportOf('last_report'),
    status: childText(node, 'status'),
    percent: /^\d{1,3}$/.test(progress) && Number(progress) <= 100 ? Number(progress) : null,
  }
}

type Meaning = Look['status'] | 'new' | 'stopping'

/** gvmd's states (manage.c, `run_status_name`), and the older name of Interrupted. */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ['New', 'new'],
  ['Requested', 'requested'],
  ['Queued', 'requested'],
  ['Running', 'running'],
  ['Processing', 'processing'],
  ['Done', 'ended'],
  ['Stop Requested', 'stopping'],
  ['Stopped', 'stopped'],
  ['Interrupted', 'interrupted'],
  ['Internal Error', 'interrupted'],
  ['Delete Requested', 'gone'],
  ['Ultimate Delete Requested', 'gone'],
])

/** A state that nobody knows is taken as gvmd itself takes one: interrupted. */
export function meaningOf({ status }: Task): Meaning {
  return MEANINGS.get(status) ?? 'interrupted'
}

/** It works, or is about to, or is on its way out: not to be started, resumed or deleted now. */
export function isActive(task: Task): boolean {
  return ['requested', 'running', 'processing', 'stopping'].includes(meaningOf(task)) || task.status.includes('Delete')
}

/** @param marks what grows while it works */
export function lookAt(task: Task, marks: readonly number[]): Look {
  const meaning = meaningOf(task)
  const look = (status: Look['status'], reason: string): Look => ({
    status,
    percent: status === 'ended' ? 100 : task.percent,
    progressMarks: marks,
    reason,
  })
  if (meaning === 'new') return look('requested', 'It was not started yet.')
  if (meaning === 'stopping') return look('running', 'It is being stopped.')
  if (meaning === 'gone') return look('gone', 'It is being deleted.')
  if (task.status === 'Queued') return look('requested', 'It waits for its turn, or for a feed that is being loaded.')
  if (meaning !== 'interrupted') return look(meaning, '')
  return look(
    'interrupted',
    MEANINGS.has(task.status) ? 'The scanner lost the scan.' : 'The scanner names an unknown state.',
  )
}
