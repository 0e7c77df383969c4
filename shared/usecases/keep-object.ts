import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import { isConflict } from './conflict.ts'
import type { Station } from './needs.ts'
import { parseItem } from './records.ts'

/**
 * Objects are named by content and shared, so whoever finds one there counts on it without storing it again, and whoever clears
 * unused ones away must not take it from under them. Between the two stands a mark in the table, by object key: who wants to use
 * the object takes the mark off first, who clears it away announces that in the mark first, and neither passes the other unseen.
 */
export const ObjectMark = z.object({
  /** Nothing referred to the object at this time. ISO UTC. */
  since: z.string(),
  /** Someone deletes it at this moment, until then at the latest; null: it only seems to be unused. */
  goesUntil: z.string().nullable(),
})
export type ObjectMark = z.infer<typeof ObjectMark>

export const MARKS = 'unused-object'
export const markKey = (object: string) => ({ partition: MARKS, sort: object })

type Needs = Pick<Station, 'objects' | 'table' | 'clock'>

/** A deletion takes milliseconds; one that was announced longer ago died. */
const GOING_MS = 60_000
/** Whoever announced a deletion and comes to it only then leaves it. */
const LATE_MS = 30_000
const WAITS = 100
const WAIT_MS = 20

/** An object's key and, where it has to be stored, its body. */
export type NamedObject = readonly [key: string, body: () => Uint8Array]

/**
 * Makes sure that objects named by their content are there and stay. A body is asked for only where it is not.
 * Returns true when one of them was not there or seemed to be unused, so that what belongs to it may be gone too.
 * @throws Fault `conflict` when one is being cleared away for too long
 */
export async function keepObjects(station: Needs, objects: readonly NamedObject[]): Promise<boolean> {
  const wasMarked = await claimObjects(
    station,
    objects.map(([key]) => key),
  )
  const wasStored = await Promise.all(objects.map(([key, body]) => storeIfAbsent(station, key, body)))
  return wasMarked || wasStored.includes(true)
}

async function storeIfAbsent(station: Needs, key: string, body: () => Uint8Array): Promise<boolean> {
  if (await station.objects.has(key)) return false

  await succeeds(station.objects.put(key, body(), { expect: 'absent' }))
  return true
}

/** The same as `claimObject` for several, with one look at the table where none is marked. */
export async function claimObjects(station: Pick<Needs, 'table' | 'clock'>, keys: readonly string[]): Promise<boolean> {
  const marks = await station.table.getMany(keys.map(markKey))
  const claims = await Promise.all(keys.filter((_, at) => marks[at] !== null).map((key) => claimObject(station, key)))
  // A mark that was seen stood for something, whoever took it off.
  return claims.length > 0
}

/** From here on nobody clears the object away as unused, if it is there. Returns true when it was marked. @throws Fault `conflict` */
export async function claimObject(station: Pick<Needs, 'table' | 'clock'>, key: string): Promise<boolean> {
  for (let wait = 0; wait < WAITS; wait += 1) {
    const mark = parseItem(ObjectMark, await station.table.get(markKey(key)))
    if (mark === null) return wait > 0

    if (!isGoing(mark.value, station.clock.now())) {
      const isMine = await succeeds(station.table.delete(markKey(key), mark.version))
      if (isMine) return true
    }
    await new Promise((resolve) => {
      setTimeout(resolve, WAIT_MS)
    })
  }
  throw new Fault('conflict', 'What is needed here is being cleared away at this moment; try again.')
}

/**
 * Deletes an object that nothing refers to. `expect`: the mark on it as it was read. `isUsed` is asked once the deletion is announced;
 * `before` clears away what belongs to the object, so that a death in between leaves the object to find the rest by.
 * Returns false when someone uses it, or clears it away too.
 */
export async function clearAway(
  station: Needs,
  key: string,
  how: { expect?: number; isUsed: () => Promise<boolean>; before?: () => Promise<void> },
): Promise<boolean> {
  const now = station.clock.now()
  const value: ObjectMark = { since: now.toISOString(), goesUntil: new Date(now.getTime() + GOING_MS).toISOString() }
  const announced = performance.now()
  const version = (how.expect ?? 0) + 1
  try {
    if (!(await succeeds(station.table.put({ ...markKey(key), value, expect: how.expect ?? 'absent' })))) return false

    const isUsed = await how.isUsed()
    if (!isUsed) await how.before?.()
    const goes = !isUsed && performance.now() - announced < LATE_MS
    if (goes) await station.objects.delete(key)
    await succeeds(station.table.delete(markKey(key), version))
    return goes
  } catch (error) {
    // Nobody shall wait for a deletion that does not come; where this fails as well, the announcement ends by itself.
    await station.table.delete(markKey(key), version).catch(() => undefined)
    throw error
  }
}

/** Is its deletion announced, and may still come? One that has far longer to go than any was announced before the clock was set back. */
export function isGoing(mark: ObjectMark, now: Date): boolean {
  if (mark.goesUntil === null) return false

  const leftMs = Date.parse(mark.goesUntil) - now.getTime()
  return leftMs > 0 && leftMs <= 2 * GOING_MS
}

/** false: someone else was first. */
export async function succeeds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write
    return true
  } catch (error) {
    if (isConflict(error)) return false
    throw error
  }
}
