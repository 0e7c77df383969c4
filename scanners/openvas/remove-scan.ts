import { Fault } from '#shared/domain/fault.ts'
import type { NativeIds } from '#shared/ports/scanner.ts'
import { element } from './gmp/markup.ts'
import type { GmpSession } from './gmp/session.ts'
import { judgeAnswer, refuse } from './gmp/status.ts'
import { findTask } from './objects.ts'
import { isActive, meaningOf, type Task } from './task.ts'

/** Between two looks, and how many of them: gvmd asks its scanner every 5 s. */
export interface Patience {
  readonly pauseMs: number
  readonly looks: number
}

/**
 * Removes task, reports and target past the trash can. What runs is stopped first and waited for: a deletion in the midst of work ends gvmd's
 * own process for it. @throws Fault `scanner_unreachable`: it works still, ask again
 */
export async function removeScan(session: GmpSession, ids: NativeIds, patience: Patience): Promise<void> {
  const taskId = ids['task'] ?? ''
  let targetId = ids['target'] ?? ''
  if (taskId !== '') {
    const task = await rest(session, taskId, patience)
    targetId ||= task?.targetId ?? ''
    if (task !== null) await remove(session, element('delete_task', { task_id: taskId, ultimate: '1' }))
    if (task !== null && (await findTask(session, taskId)) !== null) await rest(session, taskId, patience)
  }
  if (targetId !== '') await remove(session, element('delete_target', { target_id: targetId, ultimate: '1' }))
}

/** The task once it rests; null: it is gone. */
async function rest(session: GmpSession, taskId: string, { pauseMs, looks }: Patience): Promise<Task | null> {
  for (let look = 0; look < looks; look += 1) {
    const task = await findTask(session, taskId)
    if (task === null || !isActive(task)) return task

    if (canBeStopped(task)) await stopTask(session, taskId)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
  throw new Fault('scanner_unreachable', 'The scan is on its way out: it is removed when it has ended.')
}

/** What is being stopped or deleted is not told twice: gvmd's own process for it would end. */
export function canBeStopped(task: Task): boolean {
  return ['requested', 'running'].includes(meaningOf(task))
}

/** @throws Fault `scanner_unreachable` where the outcome is unknown: gvmd may end without an answer */
export async function stopTask(session: GmpSession, taskId: string): Promise<void> {
  const { status } = await session.ask(element('stop_task', { task_id: taskId }))
  const kind = judgeAnswer(status)
  if (kind !== 'done' && kind !== 'gone') throw refuse(status)
}

async function remove(session: GmpSession, request: ReturnType<typeof element>): Promise<void> {
  const { status } = await session.ask(request)
  const kind = judgeAnswer(status)
  if (kind !== 'done' && kind !== 'gone') throw refuse(status)
}
