import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import type { ItemPage } from '#shared/ports/metadata-table.ts'
import { askUpdates } from './ask-updates.ts'
import { succeeds } from './keep-object.ts'
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

const CHECKS = 'check'
const LANE = 'interactive'
const checkKey = (id: string) => ({ partition: CHECKS, sort: id })

/** How long an ended check can be asked after; one that waits for longer than a day lost its job before it was accepted. */
const KEPT_MS = 7 * 86_400_000
const WAITS_MS = 86_400_000

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
  try {
    await station.queue.send([{ lane: LANE, body: { kind: 'run-check', check: check.id } }])
  } catch (error) {
    // It was not accepted, and nobody knows its name.
    await station.table.delete(checkKey(check.id)).catch(() => undefined)
    throw error
  }
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

  await endCheck(station, check, await tryCheck(station, check))
}

/** Ends a check whose job is given up. One that has ended, or is gone, stays as it is. */
export async function giveCheckUp(station: Pick<Station, 'table' | 'clock'>, id: string, reason: string) {
  const check = parseItem(Check, await station.table.get(checkKey(id)))?.value
  if (check?.status === 'queued') await endCheck(station, check, reason)
}

async function endCheck(station: Pick<Station, 'table' | 'clock'>, check: Check, reason: string | null) {
  const endedAt = station.clock.now().toISOString()
  const value: Check = { ...check, status: reason === null ? 'done' : 'failed', endedAt, reason }
  await station.table.put({ ...checkKey(check.id), value })
}

/**
 * Forgets checks that ended a week ago, and returns how many. What waits for a day is given up, unless its job may still come: the
 * clock may have been set. What waits for a week is given up in any case.
 */
export async function forgetChecks(station: Pick<Station, 'table' | 'clock' | 'queue'>): Promise<number> {
  const now = station.clock.now().getTime()
  const { waiting, leased } = (await station.queue.depth())[LANE]
  const mayCome = waiting + leased > 0
  let forgotten = 0
  let cursor: string | null = null
  do {
    const page: ItemPage = await station.table.query({
      partition: CHECKS,
      limit: 200,
      ...(cursor === null ? {} : { cursor }),
    })
    for (const item of page.items) {
      const check = parseItem(Check, item)?.value
      if (check === undefined) continue

      const ageMs = now - Date.parse(check.endedAt ?? check.requestedAt)
      if (check.status === 'queued' && ageMs > (mayCome ? KEPT_MS : WAITS_MS)) {
        await giveCheckUp(station, check.id, 'Nobody took it.')
      }
      if (check.status === 'queued' || ageMs <= KEPT_MS) continue

      if (await succeeds(station.table.delete(checkKey(check.id), item.version))) forgotten += 1
    }
    cursor = page.cursor
  } while (cursor !== null)
  return forgotten
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
