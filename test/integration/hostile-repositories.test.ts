import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openFetcher } from '#adapters/embedded/fetcher.ts'
import type { Fetcher } from '#shared/ports/fetcher.ts'
import { hostileRepositories } from '#test/support/hostile-repositories/all-cases.ts'
import { NOT_CLEAN, type HostileCase } from '#test/support/hostile-repositories/hostile-case.ts'
import { askOurs, type OurVerdict } from '#test/support/hostile-repositories/ours.ts'
import { askRealApt, type AptVerdict } from '#test/support/hostile-repositories/real-apt.ts'
import { makeTestKeys, type TestKeys } from '#test/support/hostile-repositories/signing.ts'
import { openMisbehavingServer, type MisbehavingServer } from '#test/support/misbehaving-server.ts'
import { requireTool } from '#test/support/tools.ts'

/**
 * Every way known to us in which a repository fails or lies, asked of the product over a real socket, and of the real apt beside it.
 * The product may be stricter than apt, never laxer, and nothing that fails may read as clean.
 */
const now = new Date(Math.floor(Date.now() / 1000) * 1000)
const aptIsMissing = requireTool('apt-get', 'apt-cache', 'gpgv')
const AT_ONCE = 8
const APT_AT_ONCE = 3

let keys: TestKeys
let server: MisbehavingServer
let aptServer: MisbehavingServer
let canary: MisbehavingServer
let fetcher: Fetcher & { close(): void }
let folder: string
let cases: readonly HostileCase[]
const ours = new Map<string, OurVerdict>()
const slowest = { name: '', ms: 0 }

beforeAll(async () => {
  keys = await makeTestKeys(now)
  server = await openMisbehavingServer()
  aptServer = await openMisbehavingServer()
  canary = await openMisbehavingServer()
  folder = mkdtempSync(join(tmpdir(), 'lazaret-hostile-'))
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  fetcher = openFetcher({ internalHosts: [server.host], ownSources: [], mirrors: [], log })
  cases = hostileRepositories({ now, canary: canary.origin })
})
afterAll(async () => {
  fetcher.close()
  for (const one of [server, aptServer, canary]) await one.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('hostile repositories', () => {
  it('come from a corpus of at least 122 different cases', () => {
    expect(new Set(cases.map((one) => one.name)).size).toBe(cases.length)
    expect(cases.length).toBeGreaterThanOrEqual(122)
  })

  it('each end as they must, within their time, and send nobody to the canary', async () => {
    await forEach(cases, AT_ONCE, async (one) => {
      const started = performance.now()
      ours.set(one.name, await askOurs(one, { server, fetcher, keys, now, timeoutSeconds: 4 }))
      const ms = performance.now() - started
      if (ms > slowest.ms) Object.assign(slowest, { name: one.name, ms })
    })

    const wrong = cases
      .filter((one) => !one.demanded.includes(verdictOf(one)))
      .map(
        (one) =>
          `${one.name}: ${verdictOf(one)} (${ours.get(one.name)?.said.join(' ')}), not ${one.demanded.join(' or ')}`,
      )
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

  it.skipIf(aptIsMissing !== '')(`are never accepted where the real apt refuses them${aptIsMissing}`, async () => {
    const apt = new Map<string, AptVerdict>()
    const asked = cases.filter((one) => one.aptNotAsked === undefined)
    await forEach(asked, APT_AT_ONCE, async (one) => {
      apt.set(one.name, await askRealApt(one, { server: aptServer, keys, now, folder }))
    })

    const laxer = asked
      .filter((one) => apt.get(one.name)?.verdict !== 'accepted' && !NOT_CLEAN.includes(verdictOf(one)))
      .map((one) => `${one.name}: ${verdictOf(one)}, apt: ${apt.get(one.name)?.transcript}`)
    expect(laxer).toEqual([])

    // The comparison can fail: apt accepts what is honest, and refuses most of the rest.
    const count = (verdict: AptVerdict['verdict']): number =>
      [...apt.values()].filter((one) => one.verdict === verdict).length
    expect(count('accepted')).toBeGreaterThanOrEqual(10)
    expect(count('refused')).toBeGreaterThanOrEqual(100)
    const unlike = asked.filter(
      (one) => one.demanded.join() === 'accepted' && apt.get(one.name)?.verdict !== 'accepted',
    )
    expect(unlike.map((one) => `${one.name}: ${apt.get(one.name)?.transcript}`)).toEqual([])
  })
})

function verdictOf(one: HostileCase): OurVerdict['verdict'] {
  const found = ours.get(one.name)
  if (found === undefined) throw new Error(`${one.name} was not asked`)

  return found.verdict
}

async function forEach(
  all: readonly HostileCase[],
  atOnce: number,
  work: (one: HostileCase) => Promise<void>,
): Promise<void> {
  const rest = [...all]
  const worker = async (): Promise<void> => {
    for (let one = rest.shift(); one !== undefined; one = rest.shift()) await work(one)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}
