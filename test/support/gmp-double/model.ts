import { randomUUID } from 'node:crypto'

/**
 * What a scan of the double comes to. `never-ran`: Done without a host, as gvmd says when its scanner did not take the scan.
 * `not-resumed`: Done for a moment and then Interrupted, as when its scanner still works on what is to be resumed.
 */
export type Outcome = 'found' | 'never-ran' | 'interrupted' | 'not-resumed'

export interface DoubleTarget {
  readonly id: string
  readonly name: string
  readonly comment: string
  readonly hosts: string
}

export interface DoubleTask {
  readonly id: string
  readonly name: string
  readonly comment: string
  readonly target: DoubleTarget
  /** One for each start: gvmd does not refuse a second one. */
  readonly reports: string[]
  status: string
  percent: number
  timer: NodeJS.Timeout | null
}

export interface DoubleModel {
  readonly targets: Map<string, DoubleTarget>
  readonly tasks: Map<string, DoubleTask>
  outcome: Outcome
  createTarget(name: string, comment: string, hosts: string): DoubleTarget
  createTask(name: string, comment: string, target: DoubleTarget): DoubleTask
  /** Through Requested, Queued, Running and Processing to its end. */
  start(task: DoubleTask): string
  stop(task: DoubleTask): void
  resume(task: DoubleTask): string
  deleteTask(task: DoubleTask): void
  close(): void
}

const STEP_MS = 60
/** Where a scan goes on for minutes. */
export const SLOW_ADDRESS = '127.0.0.99'

/** What gvmd remembers, as far as the adapter asks for it. */
export function openDoubleModel(): DoubleModel {
  const targets = new Map<string, DoubleTarget>()
  const tasks = new Map<string, DoubleTask>()

  const later = (task: DoubleTask, steps: readonly [string, number][]): void => {
    const [step, ...rest] = steps
    if (task.timer !== null) clearTimeout(task.timer)
    task.timer = null
    if (step === undefined) return

    task.timer = setTimeout(() => {
      ;[task.status, task.percent] = step
      if (task.status === '') tasks.delete(task.id)
      later(task, rest)
    }, STEP_MS)
  }
  const run = (task: DoubleTask): void => {
    const end: [string, number][] = task.target.hosts.includes(SLOW_ADDRESS)
      ? []
      : model.outcome === 'interrupted'
        ? [['Interrupted', 40]]
        : model.outcome === 'not-resumed'
          ? [
              ['Done', -1],
              ['Interrupted', 0],
            ]
          : [
              ['Running', 100],
              ['Processing', 100],
              ['Done', -1],
            ]
    task.status = 'Requested'
    task.percent = 0
    later(task, [['Queued', 0], ['Running', 11], ...end])
  }

  const model: DoubleModel = {
    targets,
    tasks,
    outcome: 'found',
    createTarget: (name, comment, hosts) => {
      const target = { id: randomUUID(), name, comment, hosts }
      targets.set(target.id, target)
      return target
    },
    createTask: (name, comment, target) => {
      const task: DoubleTask = {
        id: randomUUID(),
        name,
        comment,
        target,
        reports: [],
        status: 'New',
        percent: -1,
        timer: null,
      }
      tasks.set(task.id, task)
      return task
    },
    start: (task) => {
      const report = randomUUID()
      task.reports.push(report)
      run(task)
      return report
    },
    stop: (task) => {
      if (!['Requested', 'Queued', 'Running'].includes(task.status)) return
      task.status = 'Stop Requested'
      later(task, [['Stopped', task.percent]])
    },
    resume: (task) => {
      run(task)
      return task.reports.at(-1) ?? ''
    },
    deleteTask: (task) => {
      if (['New', 'Done', 'Stopped', 'Interrupted'].includes(task.status)) {
        tasks.delete(task.id)
        return
      }
      task.status = 'Ultimate Delete Requested'
      later(task, [['', 0]])
    },
    close: () => {
      for (const task of tasks.values()) later(task, [])
    },
  }
  return model
}
