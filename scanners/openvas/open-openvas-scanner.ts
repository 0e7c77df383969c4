import { Fault } from '#shared/domain/fault.ts'
import { childText } from '#shared/domain/report/xml-node.ts'
import type { NativeIds, NativeScan, Scanner } from '#shared/ports/scanner.ts'
import { checkAddresses, createScan } from './create-scan.ts'
import { element } from './gmp/markup.ts'
import { type GmpAccess, type GmpSession, openSession, withSession } from './gmp/session.ts'
import { judgeAnswer, refuse } from './gmp/status.ts'
import { askFor, findTask, listTargets, listTasks } from './objects.ts'
import type { OpenvasPreset } from './preset.ts'
import { readOpenvasReport } from './read-report.ts'
import { checkOpenvasReady } from './readiness.ts'
import { canBeStopped, type Patience, removeScan, stopTask } from './remove-scan.ts'
import { isActive, lookAt, meaningOf, type Task } from './task.ts'

export interface OpenvasOptions {
  readonly id: string
  readonly access: GmpAccess
  readonly slots: number
  readonly preset: OpenvasPreset
  /** For what gvmd does in its own time. */
  readonly patience: Patience
  /** After a scan was stopped and before it goes on: gvmd looks every 5 s, and sooner there would be two of its processes for one scan. */
  readonly resumePauseMs: number
  /** After `Done` was seen and before it is believed: gvmd says it for a moment of a scan that it failed to resume, before `Interrupted`. */
  readonly settleMs: number
}

export const OPENVAS_PATIENCE = { patience: { pauseMs: 1000, looks: 30 }, resumePauseMs: 6500, settleMs: 1500 } as const

/** Nothing hidden: all levels (`c` came with GMP 22.7), however sure, in one piece, without what users have overridden. */
const REPORT_FILTER = 'apply_overrides=0 levels=chmlg min_qod=0 first=1 rows=-1 sort=name'

/** Greenbone's gvmd as a scanner, by GMP. One connection for each call; nothing is kept here between two. */
export function openOpenvasScanner(options: OpenvasOptions): Scanner {
  const { id, access, slots, preset, patience } = options
  const withTask = <Result>(
    ids: NativeIds,
    otherwise: Result,
    work: (session: GmpSession, task: Task) => Promise<Result>,
  ): Promise<Result> => {
    const taskId = ids['task'] ?? ''
    if (taskId === '') return Promise.resolve(otherwise)

    return withSession(access, async (session) => {
      const task = await findTask(session, taskId)
      return task === null ? otherwise : work(session, task)
    })
  }

  return {
    id,
    kind: 'openvas',
    abilities: { control: true, resume: true, blindSpots: BLIND_SPOTS },
    slots,
    checkReady: () => checkOpenvasReady(access, preset),
    list: (prefix) => withSession(access, (session) => listScans(session, prefix)),
    create: async (request, created) => {
      checkAddresses(request.addresses)
      return withSession(access, (session) => createScan(session, preset, request, created))
    },
    start: async (ids) => {
      const report = await withTask(ids, null, start)
      if (report === null) throw new Fault('scanner_refused', 'The scanner does not know this scan.')
      return { ...ids, report }
    },
    look: (ids) =>
      withTask(ids, { status: 'gone', percent: null, progressMarks: [], reason: '' }, async (session, task) =>
        lookAt(...(await settled(session, task, options.settleMs))),
      ),
    stop: (ids) =>
      withTask(ids, undefined, async (session, task) => {
        if (canBeStopped(task)) await stopTask(session, task.id)
      }),
    resume: (ids) => withTask(ids, false, (session, task) => resume(session, task, options.resumePauseMs)),
    collect: (ids) => collect(access, ids),
    translate: (chunks, machine) => readOpenvasReport(chunks, machine),
    remove: async (ids) => {
      if (ids['task'] === undefined && ids['target'] === undefined) return
      await withSession(access, (session) => removeScan(session, ids, patience))
    },
  }
}

/** Tasks with their targets, and targets whose task was never made. */
async function listScans(session: GmpSession, prefix: string): Promise<readonly NativeScan[]> {
  const tasks = await listTasks(session, prefix)
  const used = new Set(tasks.map(({ targetId }) => targetId))
  const lone = (await listTargets(session, prefix)).filter((target) => !used.has(target.id))
  return [
    ...tasks.map((task) => ({
      name: task.name,
      ids: { target: task.targetId, task: task.id, ...(task.reportId === '' ? {} : { report: task.reportId }) },
      isRunning: isActive(task),
    })),
    ...lone.map((target) => ({ name: target.name, ids: { target: target.id }, isRunning: false })),
  ]
}

/** gvmd does not refuse a second start: it makes a second run. So only one that never ran is started. */
async function start(session: GmpSession, task: Task): Promise<string> {
  if (meaningOf(task) !== 'new' && task.reportId !== '') return task.reportId

  const { parts } = await askFor(session, element('start_task', { task_id: task.id }))
  const report = parts.find((part) => part.name === 'report_id')?.text.trim() ?? ''
  // Greenbone's scanner of CVEs answers 0.
  const reportId = report.length > 1 ? report : ((await findTask(session, task.id))?.reportId ?? '')
  if (reportId === '') throw new Fault('scanner_unreachable', 'The scanner has started and does not say which report.')
  return reportId
}

/** The task with its marks; one that is done only where it still is a moment later. */
async function settled(session: GmpSession, task: Task, settleMs: number): Promise<[Task, readonly number[]]> {
  if (meaningOf(task) !== 'ended') return [task, await progressMarks(session, task)]

  await new Promise((resolve) => setTimeout(resolve, settleMs))
  return [(await findTask(session, task.id)) ?? task, []]
}

/** Its number of results grows where its percentage stands still. */
async function progressMarks(session: GmpSession, task: Task): Promise<readonly number[]> {
  if (meaningOf(task) !== 'running' || task.reportId === '') return []

  const filter = `report_id=${task.reportId} and levels=chmlg min_qod=0 first=1 rows=1`
  const { status, parts } = await session.ask(element('get_results', { filter }))
  if (judgeAnswer(status) === 'gone') return []
  if (judgeAnswer(status) !== 'done') throw refuse(status)
  const count = Number(childText(parts.find((part) => part.name === 'result_count') ?? null, 'filtered'))
  return Number.isSafeInteger(count) ? [count] : []
}

async function resume(session: GmpSession, task: Task, pauseMs: number): Promise<boolean> {
  if (isActive(task)) return meaningOf(task) !== 'stopping' && meaningOf(task) !== 'gone'
  if (!canGoOn(task)) return false

  await new Promise((resolve) => setTimeout(resolve, pauseMs))
  const rested = await findTask(session, task.id)
  if (rested === null || !canGoOn(rested)) return rested !== null && isActive(rested)

  const { status } = await session.ask(element('resume_task', { task_id: task.id }))
  const kind = judgeAnswer(status)
  if (kind === 'not-stopped' || kind === 'gone') return false
  if (kind !== 'done') throw refuse(status)
  return true
}

function canGoOn(task: Task): boolean {
  return meaningOf(task) === 'stopped' || meaningOf(task) === 'interrupted'
}

/** @throws Fault `scanner_refused` for a scan that still runs or left no report */
async function* collect(access: GmpAccess, ids: NativeIds): AsyncGenerator<Uint8Array> {
  const taskId = ids['task'] ?? ''
  if (taskId === '') throw new Fault('scanner_refused', 'The scanner does not know this scan.')

  const session = await openSession(access)
  try {
    const task = await findTask(session, taskId)
    if (task !== null && isActive(task)) {
      throw new Fault('scanner_refused', 'The scan is not done yet: its report would be a part of it.')
    }
    const report = ids['report'] ?? task?.reportId ?? ''
    if (report === '') throw new Fault('scanner_refused', 'The scan has no report: it never ran.')
    yield* session.stream(
      element('get_reports', { report_id: report, details: '1', ignore_pagination: '1', filter: REPORT_FILTER }),
    )
  } finally {
    session.close()
  }
}

const BLIND_SPOTS: readonly string[] = [
  'Without credentials it sees what answers on the network, not what is installed.',
  'It finds what its feed knows: checks that came out later are missing until the feed is loaded anew.',
  'Findings on versions take a patched package of a distribution for an old one where they cannot look inside.',
]
