import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { DATABASE_FILE, openEmbeddedData } from '#adapters/embedded/data-folder.ts'
import type { EmbeddedData } from '#adapters/embedded/data-folder.ts'
import { sha256 } from '#shared/domain/canonical-json.ts'
import { LANES } from '#shared/ports/job-queue.ts'
import { isCi } from '#test/support/tools.ts'

const WriterItem = z.object({ number: z.number(), hash: z.string() })
const KILLS = isCi() ? 100 : 20
const WORKER = join(import.meta.dirname, '..', 'support', 'storage-worker.ts')

describe('embedded storage, killed at random moments', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lazaret-kill-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it(
    `loses nothing that it answered and leaves nothing half-written, ${KILLS} times`,
    { timeout: 600_000 },
    async () => {
      const kept = new Map<string, number>()
      const tried = new Map<string, number>()
      const sent: string[] = []
      let lines = 0
      for (let kill = 0; kill < KILLS; kill += 1) {
        const first = 1 + Math.max(0, ...tried.values())
        for (const [what, writer = '', number = ''] of await runAndKill(folder, first)) {
          lines += 1
          if (what === 'try') tried.set(writer, Number(number))
          if (what !== 'kept') continue
          kept.set(writer, Number(number))
          sent.push(...LANES.map((lane) => `${writer} ${number} ${lane}`))
        }

        const data = await openEmbeddedData(folder)
        expect(await readdir(join(folder, 'temporary'))).toEqual([])
        expect(checkIntegrity(folder)).toBe('ok')
        for (const [writer, number] of kept) await expectKept(data, writer, number, tried.get(writer) ?? 0)
        await expectWhole(data)
        await data.close()
      }

      expect(lines).toBeGreaterThan(KILLS)
      expect(sent.length).toBeGreaterThan(KILLS)
      expect(await finish(folder)).toEqual(expect.arrayContaining(sent))
    },
  )
})

/** What the worker said, each line in words, until it was killed: right at its start, or after so many answers and a little while. */
async function runAndKill(folder: string, first: number): Promise<string[][]> {
  const worker = spawn(process.execPath, [WORKER, folder, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const wanted = Math.random() < 0.1 ? 0 : Math.ceil(Math.random() * 20)
  let text = ''
  worker.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    const answers = text.split('\nkept ').length - 1
    const isTime = wanted === 0 ? text.startsWith('open') : answers >= wanted
    if (isTime && !worker.killed) setTimeout(() => worker.kill('SIGKILL'), Math.random() * 20)
  })
  const signal = await new Promise((resolve) => worker.once('close', (_, reason) => resolve(reason)))

  expect(signal).toBe('SIGKILL')
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' '))
}

function checkIntegrity(folder: string): unknown {
  using database = new DatabaseSync(join(folder, DATABASE_FILE))
  return database.prepare('PRAGMA integrity_check').get()?.['integrity_check']
}

/** The writer's item is between its last answer and its last try, and the objects of that number are there. */
async function expectKept(data: EmbeddedData, writer: string, kept: number, tried: number): Promise<void> {
  const item = await data.table.get({ partition: 'writer', sort: writer })
  const { number, hash } = WriterItem.parse(item?.value)
  expect(number).toBeGreaterThanOrEqual(kept)
  expect(number).toBeLessThanOrEqual(tried)
  expect(await data.objects.has(`blobs/${writer}/${hash}`)).toBe(true)

  const latest = Buffer.from((await data.objects.get(`latest/${writer}`))?.body ?? [])
  const end = latest.indexOf('\n')
  const [latestNumber, latestHash] = latest.subarray(0, end).toString().split(' ')
  expect(Number(latestNumber)).toBeGreaterThanOrEqual(number)
  expect(sha256(latest.subarray(end + 1))).toBe(latestHash)
}

/** Every object that is listed can be read, and those under a hash have it. */
async function expectWhole(data: EmbeddedData): Promise<void> {
  for await (const key of data.objects.list('blobs/')) {
    const stored = await data.objects.get(key)
    expect(sha256(stored?.body ?? '')).toBe(key.split('/').at(-1))
  }
}

/** Does, a day later, every job that is left, and returns all that were ever done. */
async function finish(folder: string): Promise<string[]> {
  const data = await openEmbeddedData(folder, { clock: { now: () => new Date(Date.now() + 86_400_000) } })
  const done: string[] = []
  for (const lane of LANES) {
    for (;;) {
      const deliveries = await data.queue.receive(lane, { max: 100, leaseSeconds: 60 })
      if (deliveries.length === 0) break

      done.push(...deliveries.map((delivery) => String(delivery.body)))
      await Promise.all(deliveries.map((delivery) => data.queue.acknowledge(delivery)))
    }
  }
  expect(await data.queue.depth()).toMatchObject({
    interactive: { waiting: 0, leased: 0, dead: 0 },
    sweep: { waiting: 0, leased: 0, dead: 0 },
  })

  let cursor: string | null = null
  do {
    const page = await data.table.query({ partition: 'done', limit: 1000, ...(cursor !== null && { cursor }) })
    done.push(...page.items.map((item) => item.sort))
    cursor = page.cursor
  } while (cursor !== null)
  await data.close()
  return done
}
