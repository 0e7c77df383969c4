import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import { askUpdates } from './ask-updates.ts'
import type { Station } from './needs.ts'
import { getMachine, parseItem } from './records.ts'

/** A check that someone asked for. Every accepted one ends as `done` or `failed`. */
export const Check = z.object({
  id: z.string(),
  machine: z.string(),
  force: z.boolean(),
  status: z.enum(['queued', 'done', 'failed']),
  requestedAt: z.string(),
  endedAt: z.string().nullable(),
  /** Why it failed; null else. */
  reason: z.string().nullable(),
})
export type Check = z.infer<typeof Check>

const checkKey = (id: string) => ({ partition: 'check', sort: id })

/** Accepts a check: once this resolves it is durable and will end. @throws Fault `not_found` for an unknown machine */
export async function requestCheck(station: Station, request: { machine: string; force: boolean }): Promise<Check> {
  await getMachine(station.table, request.machine)
  const check: Check = {
    id: randomUUID(),
    machine: request.machine,
    force: request.force,
    status: 'queued',
    requestedAt: station.clock.now().toISOString(),
    endedAt: null,
    reason: null,
  }
  await station.table.put({ ...checkKey(check.id), value: check, expect: 'absent' })
  await station.queue.send([{ lane: 'interactive', body: { kind: 'run-check', check: check.id } }])
  return check
}

/** @throws Fault `not_found` */
export async function getCheck(station: Pick<Station, 'table'>, id: string): Promise<Check> {
  const found = parseItem(Check, await station.table.get(checkKey(id)))
  if (found === null) throw new Fault('not_found', `There is no check "${id}".`)

  return found.value
}

/** Runs an accepted check. A fault that a repetition may cure is thrown on; any other ends the check as failed. */
export async function runCheck(station: Station, id: string): Promise<void> {
  const check = await getCheck(station, id)
  if (check.status !== 'queued') return

  const reason = await tryCheck(station, check)
  const endedAt = station.clock.now().toISOString()
  const value: Check = { ...check, status: reason === null ? 'done' : 'failed', endedAt, reason }
  await station.table.put({ ...checkKey(id), value })
}

async function tryCheck(station: Station, check: Check): Promise<string | null> {
  try {
    await askUpdates(station, check.machine, { force: check.force })
    return null
  } catch (error) {
    if (error instanceof Fault && !error.retry) return error.message
    throw error
  }
}
