import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openFetcher } from '#adapters/embedded/fetcher.ts'
import type { Fetcher } from '#shared/ports/fetcher.ts'
import type { OurVerdict } from '#test/support/hostile-repositories/ours.ts'
import { makeTestKeys, type TestKeys } from '#test/support/hostile-repositories/signing.ts'
import { hostileYumRepositories } from '#test/support/hostile-yum/all-cases.ts'
import { askOurs } from '#test/support/hostile-yum/ours.ts'
import { askRealDnf, type DnfVerdict, openDnf } from '#test/support/hostile-yum/real-dnf.ts'
import { NOT_CLEAN, type YumCase } from '#test/support/hostile-yum/yum-case.ts'
import { openMisbehavingServer, type MisbehavingServer } from '#test/support/misbehaving-server.ts'
import { tellCount } from '#test/support/tell-count.ts'
import { requireTool } from '#test/support/tools.ts'

/**
 * Every way known to us in which a yum repository fails or lies, asked of the product over a real socket, and of the real dnf beside
 * it. dnf accepts replayed, wrongly sized and foreign metadata; the product does not, and it accepts nothing that dnf refuses.
 */
const now = new Date(Math.floor(Date.now() / 1000) * 1000)
const dnfIsMissing = requireTool('dnf')
const AT_ONCE = 8
const DNF_AT_ONCE = 3

let keys: TestKeys
let server: MisbehavingServer
let dnfServer: MisbehavingServer
let canary: MisbehavingServer
let fetcher: Fetcher & { close(): void }
let folder: string
let cases: readonly YumCase[]
const ours = new Map<string, OurVerdict>()
const slowest = { name: '', ms: 0 }

beforeAll(async () => {
  keys = await makeTestKeys(now)
  server = await openMisbehavingServer()
  dnfServer = await openMisbehavingServer()
  canary = await openMisbehavingServer()
  folder = mkdtempSync(join(tmpdir(), 'lazaret-hostile-yum-'))
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  fetcher = openFetcher({ internalHosts: [server.host], ownSources: [], mirrors: [], log })
  cases = hostileYumRepositories({ now, canary: canary.origin })
})
afterAll(async () => {
  fetcher.close()
  for (const one of [server, dnfServer, canary]) await one.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('hostile yum repositories', () => {
  it('come from a corpus of at least 250 different cases', () => {
    expect(new Set(cases.map((one) => one.name)).size).toBe(cases.length)
    expect(cases.length).toBeGreaterThanOrEqual(250)
  })

  it('each end as they must, within their time, and send nobody to the canary', async () => {
    // What takes a processor for itself goes alone, so that nobody else's time runs out beside it.
    for (const [some, atOnce] of [
      [cases.filter((one) => one.isHeavy !== true), AT_ONCE],
      [cases.filter((one) => one.isHeavy === true), 1],
    ] as const)
      await forEach(some, atOnce, ask)
    const wrong = cases
      .filter((one) => !one.demanded.includes(verdictOf(one)))
      .map(
        (one) =>
          `${one.name}: ${verdictOf(one)} (${ours.get(one.name)?.said.join(' ').slice(0, 300)}), not ${one.demanded.join(' or ')}`,
      )
    tellCount('hostile yum repositories', {
      cases: cases.length,
      wrong: wrong.length,
      canaryHits: canary.connections(),
      slowest: `${slowest.name} ${Math.round(slowest.ms)} ms`,
    })

    expect(wrong).toEqual([])
    expect(canary.connections()).toBe(0)
    expect(slowest.ms).toBeLessThan(10_000)
  })

  it('are told to a person with a sentence each', () => {
    const silent = cases.filter(
      (one) => verdictOf(one) !== 'accepted' && ours.get(one.name)?.said.join('').trim() === '',
    )

    expect(silent.map((one) => one.name)).toEqual([])
  })

  it.skipIf(dnfIsMissing !== '')(
    `are never accepted where the real dnf refuses them${dnfIsMissing}`,
    { timeout: 300_000 },
    async () => {
      const dnf = new Map<string, DnfVerdict>()
      const asked = cases.filter((one) => one.dnfNotAsked === undefined)
      const programs = Array.from({ length: DNF_AT_ONCE }, (_, at) => openDnf(join(folder, `home-${at}`)))
      const rest = [...asked]
      await Promise.all(
        programs.map(async (program) => {
          for (let one = rest.shift(); one !== undefined; one = rest.shift()) {
            dnf.set(one.name, await askRealDnf(one, { server: dnfServer, keys, now, folder, dnf: program }))
            dnfServer.removeAll(`/${one.name}/`)
          }
          await program.close()
        }),
      )

      const laxer = asked
        .filter((one) => ['refused', 'busy'].includes(dnf.get(one.name)?.verdict ?? 'busy'))
        .filter((one) => !NOT_CLEAN.includes(verdictOf(one)))
        .filter((one) => one.dnfIsStricter === undefined || verdictOf(one) !== 'marked')
        .map((one) => `${one.name}: ${verdictOf(one)}, dnf: ${dnf.get(one.name)?.transcript.slice(-300)}`)
      const count = (verdict: DnfVerdict['verdict']): number =>
        [...dnf.values()].filter((one) => one.verdict === verdict).length
      tellCount('the real dnf on them', {
        asked: asked.length,
        accepted: count('accepted'),
        empty: count('empty'),
        refused: count('refused'),
        busy: count('busy'),
        weAcceptAndDnfRefuses: laxer.length,
        dnfAcceptsAndWeRefuse: asked.filter(
          (one) => dnf.get(one.name)?.verdict === 'accepted' && NOT_CLEAN.includes(verdictOf(one)),
        ).length,
      })
      expect(laxer).toEqual([])

      // The comparison can fail: dnf accepts what is honest, and refuses most of the rest.
      expect(count('accepted')).toBeGreaterThanOrEqual(15)
      expect(count('refused')).toBeGreaterThanOrEqual(100)
      const unlike = asked.filter(
        (one) => one.demanded.join() === 'accepted' && dnf.get(one.name)?.verdict !== 'accepted',
      )
      expect(unlike.map((one) => `${one.name}: ${dnf.get(one.name)?.transcript.slice(-300)}`)).toEqual([])
    },
  )
})

async function ask(one: YumCase): Promise<void> {
  const timeoutSeconds = one.isHeavy === true ? 8 : 4
  const { tookMs, ...verdict } = await askOurs(one, { server, fetcher, keys, now, timeoutSeconds })
  ours.set(one.name, verdict)
  server.removeAll(`/${one.name}/`)
  if (tookMs > slowest.ms) Object.assign(slowest, { name: one.name, ms: tookMs })
}

function verdictOf(one: YumCase): OurVerdict['verdict'] {
  const found = ours.get(one.name)
  if (found === undefined) throw new Error(`${one.name} was not asked`)

  return found.verdict
}

async function forEach(all: readonly YumCase[], atOnce: number, work: (one: YumCase) => Promise<void>): Promise<void> {
  const rest = [...all]
  const worker = async (): Promise<void> => {
    for (let one = rest.shift(); one !== undefined; one = rest.shift()) await work(one)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}
