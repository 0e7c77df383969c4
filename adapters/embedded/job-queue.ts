import { randomUUID } from 'node:crypto'
import { Fault } from '#shared/domain/fault.ts'
import type { Clock } from '#shared/ports/clock.ts'
import { LANES, MAX_ATTEMPTS } from '#shared/ports/job-queue.ts'
import type { DeadLetter, Delivery, JobQueue, Lane, NewJob } from '#shared/ports/job-queue.ts'
import { jsonOf, numberOf, textOf } from './storing/database.ts'
import type { Database, Row } from './storing/database.ts'
import type { GroupCommit } from './storing/group-commit.ts'
import { withStorageFaults } from './storing/storage-fault.ts'
import { openWorkSignal } from './storing/work-signal.ts'

/** The queue of a station, whose workers live in the same process. */
export interface EmbeddedJobQueue extends JobQueue {
  /** Resolves when a job may be waiting in the lane: at once when one is sent, when a delay or lease ends, after `ms` at the latest. */
  waitForWork(lane: Lane, ms: number): Promise<void>
  /** Offers every job again that was taken and not settled. Only while nobody works: whoever took them is dead. Returns how many. */
  endLeases(): Promise<number>
  close(): void
}

const FIRST_DELAY_MS = 1000
const LONGEST_DELAY_MS = 15 * 60 * 1000
/** Adjusting a clock by less only delays a job by as much. */
const CLOCK_STEP_MS = 1000
const LONGEST_REASON = 1000
const ID = /^[1-9][0-9]{0,14}$/

/** Jobs in the station's database: sent, taken and settled durably, by the given clock. A clock that was set back delays no job. */
export function openSqliteJobQueue(database: Database, commits: GroupCommit, clock: Clock): EmbeddedJobQueue {
  const signal = openWorkSignal()
  for (const lane of LANES) signal.raise(lane)

  let latest = numberOf(database.prepare('SELECT coalesce(max(changed_at), 0) AS latest FROM jobs').get(), 'latest')
  // The step is a write of its own, before the caller's; where it fails, the next call finds it again.
  let steps = 0
  const now = (): number => {
    const time = clock.now().getTime()
    const step = latest - time
    latest = time
    if (step > CLOCK_STEP_MS) {
      steps += 1
      const shift = commits.write(() => database.prepare(SHIFT).run(step, step))
      shift.catch(() => (latest = Math.max(latest, time + step))).finally(() => (steps -= 1))
    }
    return time
  }
  const end = (delivery: Delivery): boolean => {
    const id = idOf(delivery.id)
    return id !== null && Number(database.prepare(DELETE_LEASED).run(id, delivery.lease).changes) === 1
  }
  const die = (delivery: Delivery, reason: string, time: number): void => {
    if (end(delivery)) bury(database, { ...delivery, body: JSON.stringify(delivery.body) }, reason, time)
  }

  return {
    send: async (jobs) => {
      const rows = jobs.map(checked)
      if (rows.length === 0) return

      const time = now()
      await commits.write(() => {
        for (const { lane, text, delayMs, onlyOnce } of rows) {
          database.prepare(INSERT).run(lane, text, time + delayMs, time, 0, onlyOnce)
        }
      })
      for (const lane of new Set(jobs.map((job) => job.lane))) signal.raise(lane)
    },
    receive: async (lane, { max, leaseSeconds }) => {
      const time = now()
      const isIdle =
        steps === 0 && withStorageFaults(READING, () => database.prepare(DUE).get(lane, time, 1) === undefined)
      if (isIdle) return []

      return commits.write(() => take(database, lane, max, leaseSeconds, time))
    },
    acknowledge: (delivery) => commits.write(() => end(delivery)),
    extend: async (delivery, leaseSeconds) => {
      const id = idOf(delivery.id)
      if (id === null) return false

      const time = now()
      const until = time + leaseSeconds * 1000
      return commits.write(
        () => Number(database.prepare(MOVE_LEASE).run(until, time, id, delivery.lease).changes) === 1,
      )
    },
    retry: async (delivery, reason) => {
      const id = idOf(delivery.id)
      if (id === null) return

      const time = now()
      const due = time + backOffMs(delivery.attempt)
      await commits.write(() => {
        if (delivery.attempt >= MAX_ATTEMPTS) die(delivery, reason, time)
        else database.prepare(RELEASE).run(due, time, id, delivery.lease)
      })
      signal.raise(delivery.lane)
    },
    bury: (delivery, reason) => {
      const time = now()
      return commits.write(() => die(delivery, reason, time))
    },
    deadLetters: async (limit) =>
      withStorageFaults(READING, () => database.prepare(DEAD_LETTERS).all(limit).map(deadLetterOf)),
    redrive: async (id) => {
      const dead = idOf(id)
      if (dead === null) return false

      const time = now()
      const lane = await commits.write(() => {
        const row = database.prepare('DELETE FROM dead_letters WHERE id = ? RETURNING lane, body').get(dead)
        if (row === undefined) return null

        database.prepare(REDRIVE).run(dead, textOf(row, 'lane'), textOf(row, 'body'), time, time)
        return laneOf(row)
      })
      if (lane === null) return false

      signal.raise(lane)
      return true
    },
    depth: async () => withStorageFaults(READING, () => depthOf(database, clock.now().getTime())),
    waitForWork: async (lane, ms) => {
      const row = withStorageFaults(READING, () => database.prepare(NEXT_DUE).get(lane, clock.now().getTime()))
      const next = row?.['due_at']
      const untilNext = typeof next === 'number' ? next - clock.now().getTime() : ms
      await signal.wait(lane, Math.max(0, Math.min(ms, untilNext)))
    },
    endLeases: async () => {
      const time = now()
      const ended = await commits.write(() => Number(database.prepare(END_LEASES).run(time, time).changes))
      for (const lane of LANES) signal.raise(lane)
      return ended
    },
    close: () => signal.close(),
  }
}

const READING = 'read the job queue'

const SHIFT = 'UPDATE jobs SET due_at = due_at - ?, changed_at = changed_at - ?'
// A job that was sent again before anyone took it is done at the earlier of the two times.
const INSERT = `INSERT INTO jobs (lane, body, due_at, changed_at, attempts, only_once) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (lane, only_once) WHERE only_once IS NOT NULL DO UPDATE SET due_at = min(due_at, excluded.due_at)`
const REDRIVE = 'INSERT INTO jobs (id, lane, body, due_at, changed_at, attempts) VALUES (?, ?, ?, ?, ?, 0)'
const DUE = 'SELECT id, lane, body, attempts FROM jobs WHERE lane = ? AND due_at <= ? ORDER BY due_at, id LIMIT ?'
const NEXT_DUE = 'SELECT due_at FROM jobs WHERE lane = ? AND due_at > ? ORDER BY due_at LIMIT 1'
const TAKE = 'UPDATE jobs SET lease = ?, due_at = ?, changed_at = ?, attempts = ?, only_once = NULL WHERE id = ?'
const MOVE_LEASE = 'UPDATE jobs SET due_at = ?, changed_at = ? WHERE id = ? AND lease = ?'
const RELEASE = 'UPDATE jobs SET lease = NULL, due_at = ?, changed_at = ? WHERE id = ? AND lease = ?'
const END_LEASES = 'UPDATE jobs SET lease = NULL, due_at = ?, changed_at = ? WHERE lease IS NOT NULL'
const DELETE_LEASED = 'DELETE FROM jobs WHERE id = ? AND lease = ?'
const BURY = 'INSERT INTO dead_letters (id, lane, body, attempts, reason, died_at) VALUES (?, ?, ?, ?, ?, ?)'
const DEAD_LETTERS = `SELECT id, lane, body, attempts, reason, died_at FROM dead_letters ORDER BY died_at DESC, id DESC LIMIT ?`
const DEPTH = `SELECT lane, count(*) AS jobs, count(*) FILTER (WHERE lease IS NOT NULL AND due_at > ?) AS leased
  FROM jobs GROUP BY lane`

/** A job whose last delivery was never settled goes to the dead letters instead of to yet another worker. */
function take(database: Database, lane: Lane, max: number, leaseSeconds: number, time: number): Delivery[] {
  const deliveries: Delivery[] = []
  while (deliveries.length < max) {
    const rows = database.prepare(DUE).all(lane, time, max - deliveries.length)
    if (rows.length === 0) break

    for (const row of rows) {
      const id = numberOf(row, 'id')
      const attempt = numberOf(row, 'attempts') + 1
      if (attempt > MAX_ATTEMPTS) {
        database.prepare('DELETE FROM jobs WHERE id = ?').run(id)
        bury(database, { id: String(id), lane, attempt: attempt - 1, body: textOf(row, 'body') }, LAPSED, time)
        continue
      }
      const lease = randomUUID()
      database.prepare(TAKE).run(lease, time + leaseSeconds * 1000, time, attempt, id)
      deliveries.push({ id: String(id), lane, body: jsonOf(row, 'body'), attempt, lease })
    }
  }
  return deliveries
}

const LAPSED = 'Whoever took it last never said how it ended.'

function bury(
  database: Database,
  job: { id: string; lane: Lane; attempt: number; body: string },
  reason: string,
  time: number,
): void {
  database.prepare(BURY).run(Number(job.id), job.lane, job.body, job.attempt, reason.slice(0, LONGEST_REASON), time)
}

/** 1 s after the first attempt, twice as long after each further one, at most 15 min. */
function backOffMs(attempt: number): number {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1))
}

function depthOf(database: Database, time: number): Awaited<ReturnType<JobQueue['depth']>> {
  const depth = {
    interactive: { waiting: 0, leased: 0, dead: 0 },
    sweep: { waiting: 0, leased: 0, dead: 0 },
  } satisfies Record<Lane, unknown>
  for (const row of database.prepare(DEPTH).all(time)) {
    const leased = numberOf(row, 'leased')
    Object.assign(depth[laneOf(row)], { leased, waiting: numberOf(row, 'jobs') - leased })
  }
  for (const row of database.prepare('SELECT lane, count(*) AS dead FROM dead_letters GROUP BY lane').all()) {
    depth[laneOf(row)].dead = numberOf(row, 'dead')
  }
  return depth
}

function deadLetterOf(row: Row): DeadLetter {
  return {
    id: String(numberOf(row, 'id')),
    lane: laneOf(row),
    body: jsonOf(row, 'body'),
    attempts: numberOf(row, 'attempts'),
    reason: textOf(row, 'reason'),
    diedAt: new Date(numberOf(row, 'died_at')).toISOString(),
  }
}

function laneOf(row: Row): Lane {
  const lane = LANES.find((known) => known === row['lane'])
  if (lane === undefined) throw new Fault('data_damaged', 'The job queue holds a job of no lane.')

  return lane
}

function idOf(id: string): number | null {
  return ID.test(id) ? Number(id) : null
}

function checked(job: NewJob) {
  const text: string | undefined = JSON.stringify(job.body)
  if (text === undefined) throw new Fault('unexpected', 'The body of a job must be JSON.')

  const delayMs = Math.max(0, Math.round((job.delaySeconds ?? 0) * 1000))
  return { lane: job.lane, text, delayMs, onlyOnce: job.onlyOnce ?? null }
}
