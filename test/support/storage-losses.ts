import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { openEmbeddedData } from '#adapters/embedded/data-folder.ts'
import type { EmbeddedData } from '#adapters/embedded/data-folder.ts'
import { sha256 } from '#shared/domain/canonical-json.ts'
import { LANES } from '#shared/ports/job-queue.ts'
import { checkIntegrity } from './check-integrity.ts'

/** What `storage-worker.ts` said over all its lives: numbers by writer, and the jobs that were sent for sure. */
export interface WorkerSaid {
  readonly tried: Map<string, number>
  readonly kept: Map<string, number>
  readonly sent: string[]
}

export function nothingSaid(): WorkerSaid {
  return { tried: new Map(), kept: new Map(), sent: [] }
}

/** Takes in whole lines. Returns how many there were. */
export function hear(said: WorkerSaid, text: string): number {
  const lines = text.split('\n').filter((line) => line !== '')
  for (const line of lines) {
    const [what, writer = '', number = ''] = line.split(' ')
    if (what === 'try') said.tried.set(writer, Number(number))
    if (what !== 'kept') continue
    said.kept.set(writer, Number(number))
    said.sent.push(...LANES.map((lane) => `${writer} ${number} ${lane}`))
  }
  return lines.length
}

/** Opens the storage after its worker's end and names everything that was answered and is not there, or that is not whole. */
export async function listStorageLosses(folder: string, said: WorkerSaid): Promise<string[]> {
  const data = await openEmbeddedData(folder).catch((error: unknown) => String(error))
  if (typeof data === 'string') return [`it cannot be opened: ${data}`]

  try {
    const losses = (await readdir(join(folder, 'temporary'))).map((name) => `left over: ${name}`)
    const integrity = checkIntegrity(folder)
    if (integrity !== 'ok') losses.push(`database: ${integrity}`)
    for (const writer of said.tried.keys()) losses.push(...(await lossesOf(data, writer, said)))
    for await (const key of data.objects.list('blobs/')) {
      const stored = await data.objects.get(key)
      if (sha256(stored?.body ?? '') !== key.split('/').at(-1)) losses.push(`not what its name says: ${key}`)
    }
    return losses
  } catch (error) {
    return [`it cannot be read: ${String(error)}`]
  } finally {
    await data.close()
  }
}

/** Opens it a day later, does every job that is left, and names the sent ones that were never done, and any that no lane gives. */
export async function listLostJobs(folder: string, said: WorkerSaid): Promise<string[]> {
  const data = await openEmbeddedData(folder, { clock: { now: () => new Date(Date.now() + 86_400_000) } })
  const done = new Set<string>()
  for (const lane of LANES) {
    for (;;) {
      const deliveries = await data.queue.receive(lane, { max: 100, leaseSeconds: 60 })
      if (deliveries.length === 0) break

      for (const delivery of deliveries) done.add(String(delivery.body))
      await Promise.all(deliveries.map((delivery) => data.queue.acknowledge(delivery)))
    }
  }
  let cursor: string | null = null
  do {
    const page = await data.table.query({ partition: 'done', limit: 1000, ...(cursor !== null && { cursor }) })
    for (const item of page.items) done.add(item.sort)
    cursor = page.cursor
  } while (cursor !== null)

  const lost = said.sent.filter((job) => !done.has(job)).map((job) => `job lost: ${job}`)
  for (const [lane, { waiting, leased, dead }] of Object.entries(await data.queue.depth())) {
    if (waiting + leased + dead > 0) lost.push(`jobs stuck: ${waiting + leased + dead} in ${lane}`)
  }
  await data.close()
  return lost
}

const WriterItem = z.object({ number: z.number(), hash: z.string() })

/** The writer's item is between its last answer and its last try, and the objects of that number are there. */
async function lossesOf(data: EmbeddedData, writer: string, said: WorkerSaid): Promise<string[]> {
  const kept = said.kept.get(writer) ?? 0
  const tried = said.tried.get(writer) ?? 0
  const item = await data.table.get({ partition: 'writer', sort: writer })
  if (item === null) return kept === 0 ? [] : [`lost: ${writer} ${kept}`]

  const { number, hash } = WriterItem.parse(item.value)
  const losses: string[] = []
  if (number < kept || number > tried) losses.push(`${writer} shows ${number}, not ${kept} to ${tried}`)
  if (!(await data.objects.has(`blobs/${writer}/${hash}`))) losses.push(`lost: the object of ${writer} ${number}`)

  const latest = Buffer.from((await data.objects.get(`latest/${writer}`))?.body ?? [])
  const end = latest.indexOf('\n')
  const [latestNumber, latestHash] = latest.subarray(0, Math.max(0, end)).toString().split(' ')
  if (!(Number(latestNumber) >= number)) losses.push(`the latest of ${writer} is ${latestNumber}, not ${number}`)
  if (sha256(latest.subarray(end + 1)) !== latestHash) losses.push(`half-written: the latest of ${writer}`)
  return losses
}
