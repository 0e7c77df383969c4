import { z } from 'zod'
import { sha256 } from '#shared/domain/canonical-json.ts'
import type { ObjectStore } from '#shared/ports/object-store.ts'
import { Config } from '#station/config.ts'
import { openStation } from '#station/station.ts'
import type { OpenedStation } from '#station/station.ts'
import { startWorkers } from '#station/workers.ts'
import { checkIntegrity } from './check-integrity.ts'
import { listMissing } from './expect-whole.ts'
import { numberOf } from './station-load.ts'

/** What clients of a station heard: `station-worker.ts` says it, one line after each answer. */
export const StationSaid = z.object({
  token: z.string(),
  acknowledged: z.array(z.tuple([z.string(), z.number()])),
  accepted: z.array(z.string()),
  trouble: z.array(z.string()),
})
export type StationSaid = z.infer<typeof StationSaid>

const Machine = z.looseObject({ packages: z.number() })
const Check = z.looseObject({ status: z.string() })
const PATIENCE_MS = 20_000

/**
 * Starts a station on the folder, lets it work, and names everything that had been answered and is not there, what is not whole, and
 * accepted checks that do not end. `said` null: nothing had been answered.
 */
export async function listStationLosses(folder: string, said: StationSaid | null): Promise<string[]> {
  const config = Config.parse({ trustOwnSources: false, answerWithinSeconds: 1, refreshTimeoutSeconds: 5 })
  const opened = await openStation({ config, folder, log: 'quiet' }).catch((error: unknown) => String(error))
  if (typeof opened === 'string') return [`it cannot be opened: ${opened}`]

  // Looks often, so that it soon sees that it shall stop.
  const workers = startWorkers(opened.station, (lane, ms) => opened.waitForWork(lane, Math.min(ms, 20)))
  try {
    const losses = said === null ? [] : await lossesOf(opened, said)
    losses.push(...(await listMissing(opened.station)), ...(await listMisnamed(opened.station.objects)))
    const integrity = checkIntegrity(folder)
    if (integrity !== 'ok') losses.push(`database: ${integrity}`)
    return losses
  } catch (error) {
    return [`it cannot be read: ${String(error)}`]
  } finally {
    await workers.stop()
    await opened.close()
  }
}

/** Archives, inventories and subjects whose content is not what their name says. */
export async function listMisnamed(objects: ObjectStore): Promise<string[]> {
  const misnamed: string[] = []
  for await (const key of objects.list('')) {
    const hash = /^(?:evidence|inventories|subjects)\/(?:.*\/)?([0-9a-f]{64})(?:\.tar\.gz|\.json)?$/.exec(key)?.[1]
    if (hash !== undefined && sha256((await objects.get(key))?.body ?? '') !== hash) misnamed.push(`misnamed: ${key}`)
  }
  return misnamed
}

async function lossesOf(opened: OpenedStation, said: StationSaid): Promise<string[]> {
  const ask = async (path: string): Promise<{ status: number; body: unknown }> => {
    const headers = { authorization: `Bearer ${said.token}` }
    const response = await opened.api.fetch(new Request(`http://127.0.0.1${path}`, { headers }))
    return { status: response.status, body: await response.json() }
  }
  const losses: string[] = []
  for (const [machine, number] of said.acknowledged) {
    const { status, body } = await ask(`/v1/machines/${machine}`)
    const shown = status === 200 ? numberOf(Machine.parse(body)) : 0
    if (shown < number) losses.push(`lost: ${machine} ${number}, the answer is ${status} ${shown}`)
  }

  const end = performance.now() + PATIENCE_MS
  for (const id of said.accepted) {
    let { status, body } = await ask(`/v1/checks/${id}`)
    while (status === 200 && Check.parse(body).status === 'queued' && performance.now() < end) {
      await new Promise((resolve) => {
        setTimeout(resolve, 5)
      })
      ;({ status, body } = await ask(`/v1/checks/${id}`))
    }
    const ended = status === 200 ? Check.parse(body).status : status
    if (ended !== 'done') losses.push(`check ${id}: ${ended}`)
  }
  return losses
}
