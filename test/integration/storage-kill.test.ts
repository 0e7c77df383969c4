import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { killsOf } from '#test/support/kills.ts'
import { seededNumbers } from '#test/support/seeded.ts'
import { hear, listLostJobs, listStorageLosses, nothingSaid } from '#test/support/storage-losses.ts'
import { tellCount } from '#test/support/tell-count.ts'

const KILLS = killsOf('storage')
/** Stores that are killed side by side: most of a kill's time is waiting. */
const SIDE_BY_SIDE = 4
const SEED = Number(process.env['LAZARET_SEED'] ?? 1)
const WORKER = join(import.meta.dirname, '..', 'support', 'storage-worker.ts')

describe('embedded storage, killed at random moments', () => {
  let parent: string
  let environment: NodeJS.ProcessEnv
  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'lazaret-kill-'))
    environment = { ...process.env, NODE_COMPILE_CACHE: join(parent, 'compiled') }
    // What is killed does not keep its compiled code for the next one: only what ends does.
    spawnSync(process.execPath, [WORKER, join(parent, 'warm'), '1', '0'], { env: environment })
  })
  afterAll(() => rm(parent, { recursive: true }))

  it(
    `loses nothing that it answered and leaves nothing half-written, ${KILLS} times`,
    { timeout: 600_000 },
    async () => {
      const each = Math.ceil(KILLS / SIDE_BY_SIDE)
      const counts = await Promise.all(Array.from({ length: SIDE_BY_SIDE }, (_, at) => killAgainAndAgain(at, each)))
      const answers = counts.reduce((sum, count) => sum + count.answers, 0)
      const losses = counts.flatMap((count) => count.losses)
      tellCount('kills of the storage', { kills: each * SIDE_BY_SIDE, seed: SEED, answers, lost: losses.length })

      expect(losses).toEqual([])
      expect(answers).toBeGreaterThan(KILLS)
    },
  )

  async function killAgainAndAgain(which: number, kills: number): Promise<{ losses: string[]; answers: number }> {
    const folder = join(parent, String(which))
    const random = seededNumbers(SEED + which)
    const said = nothingSaid()
    const losses: string[] = []
    for (let kill = 0; kill < kills; kill += 1) {
      const first = 1 + Math.max(0, ...said.tried.values())
      hear(said, await runAndKill(folder, first, random))
      losses.push(...(await listStorageLosses(folder, said)))
    }
    losses.push(...(await listLostJobs(folder, said)))
    return { losses, answers: said.sent.length / 2 }
  }

  /** What the worker said, in whole lines, until it was killed: right at its start, or after so many answers and a little while. */
  async function runAndKill(folder: string, first: number, random: (below: number) => number): Promise<string> {
    const env = { ...process.env, NODE_COMPILE_CACHE: join(parent, 'compiled') }
    const worker = spawn(process.execPath, [WORKER, folder, String(first)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env,
    })
    const wanted = random(10) === 0 ? 0 : 1 + random(20)
    const delayMs = random(20)
    let text = ''
    worker.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      const answers = text.split('\nkept ').length - 1
      const isTime = wanted === 0 ? text.startsWith('open') : answers >= wanted
      if (isTime && !worker.killed) setTimeout(() => worker.kill('SIGKILL'), delayMs)
    })
    const signal = await new Promise((resolve, reject) => {
      worker.once('error', reject)
      worker.once('close', (_, reason) => resolve(reason))
    })

    expect(signal).toBe('SIGKILL')
    return text.slice(0, text.lastIndexOf('\n') + 1)
  }
})
