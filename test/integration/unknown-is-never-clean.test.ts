import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openFetcher } from '#adapters/embedded/fetcher.ts'
import { QUIET_LOG } from '#shared/ports/quiet-log.ts'
import { answered } from '#test/support/answered.ts'
import type { Answered } from '#test/support/answered.ts'
import { hostileRepositories } from '#test/support/hostile-repositories/all-cases.ts'
import { NOT_CLEAN } from '#test/support/hostile-repositories/hostile-case.ts'
import type { HostileCase } from '#test/support/hostile-repositories/hostile-case.ts'
import { serveStage } from '#test/support/hostile-repositories/serve.ts'
import { openMisbehavingServer } from '#test/support/misbehaving-server.ts'
import type { MisbehavingServer } from '#test/support/misbehaving-server.ts'
import { stationWorld } from '#test/support/station-world.ts'
import type { StationWorld } from '#test/support/station-world.ts'
import { tellCount } from '#test/support/tell-count.ts'

/** The whole corpus of hostile repositories, asked of a whole station: registered, refreshed, checked, judged. */
const AT_ONCE = 8
/** Longer than the station gives a repository that never ends. */
const PATIENCE_SECONDS = 3

interface Asked {
  readonly report: Answered
  readonly verdict: Answered
}

let world: StationWorld
let server: MisbehavingServer
let canary: MisbehavingServer
let fetcher: ReturnType<typeof openFetcher>
let cases: readonly HostileCase[]
const asked = new Map<string, Asked>()

beforeAll(async () => {
  server = await openMisbehavingServer()
  canary = await openMisbehavingServer()
  fetcher = openFetcher({ internalHosts: [server.host], ownSources: [], mirrors: [], log: QUIET_LOG })
  world = await stationWorld({
    fetcher,
    isRunning: true,
    isQuick: true,
    settings: { refreshTimeoutSeconds: PATIENCE_SECONDS },
  })
  cases = hostileRepositories({ now: new Date(), canary: canary.origin })
  const rest = [...cases]
  const worker = async (): Promise<void> => {
    for (let one = rest.shift(); one !== undefined; one = rest.shift()) asked.set(one.name, await play(one))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}, 120_000)
afterAll(async () => {
  fetcher.close()
  await world.close()
  await server.close()
  await canary.close()
})

/** Each stage is one refresh; the last answer counts. The machine has `probe 1.0`, an honest archive of one stage offers 2.0. */
async function play(one: HostileCase): Promise<Asked> {
  const trust = one.isTrusted === true ? 'trusted=yes' : 'signed-by=/etc/apt/keyrings/test.gpg'
  const name = one.name.toLowerCase()
  await serveStage(server, one, 0, { keys: world.keys, now: new Date() })
  await world.register(name, {
    packages: ['probe 1.0'],
    files: { 'etc/apt/sources.list': `deb [arch=amd64 ${trust}] ${server.origin}/${one.name} stable main\n` },
  })
  await world.ask('GET', `/v1/machines/${name}/updates`)
  for (let stage = 1; stage < one.stages.length; stage += 1) {
    await serveStage(server, one, stage, { keys: world.keys, now: new Date() })
    await refresh(name)
  }
  const report = await answered(await world.ask('GET', `/v1/machines/${name}/updates`))
  const verdict = await answered(await world.ask('GET', `/v1/machines/${name}/verdict`))
  return { report, verdict }
}

async function refresh(machine: string): Promise<void> {
  const list = await answered(await world.ask('GET', '/v1/repositories?limit=500'))
  const mine = list.items.find((item) => item.title.toLowerCase().startsWith(`${server.origin}/${machine} `))
  await world.ask('POST', `/v1/repositories/${mine?.id}/refresh`, { json: { force: true } })
}

const hasFailed = (one: HostileCase) => one.demanded.every((verdict) => NOT_CLEAN.includes(verdict))

describe('a machine whose repository fails or lies', () => {
  it('is never told that it is up to date, and no gate lets it pass without a word', () => {
    const failing = cases.filter(hasFailed)
    const clean = failing.filter((one) => {
      const { report, verdict } = asked.get(one.name)!
      const isTold = report.freshness === 'stale' || report.freshness === 'unknown'
      return !isTold || report.reasons.length === 0 || !['warn', 'deny'].includes(verdict.decision)
    })
    tellCount('failing repositories', { tried: failing.length, 'read as clean': clean.length })

    expect(failing.length).toBeGreaterThanOrEqual(110)
    expect(clean.map((one) => `${one.name}: ${JSON.stringify(asked.get(one.name))}`)).toEqual([])
  })

  it('and that never had a good look is unknown, and denied', () => {
    const first = cases.filter((one) => hasFailed(one) && one.stages.length === 1)
    const wrong = first.filter((one) => {
      const { report, verdict } = asked.get(one.name)!
      return report.freshness !== 'unknown' || verdict.decision !== 'deny' || verdict.canTell !== false
    })

    expect(wrong.map((one) => `${one.name}: ${JSON.stringify(asked.get(one.name))}`)).toEqual([])
  })

  it('is never fresh without the update that there is, in any case of the corpus', () => {
    const wrong = cases.filter((one) => {
      const { report, verdict } = asked.get(one.name)!
      return report.updates.length === 0 && (report.freshness === 'fresh' || verdict.decision === 'allow')
    })

    expect(wrong.map((one) => `${one.name}: ${JSON.stringify(asked.get(one.name))}`)).toEqual([])
  })

  it('is told of the update where the repository is honest', () => {
    const honest = cases.filter((one) => one.demanded.join() === 'accepted')
    const silent = honest.filter((one) => asked.get(one.name)?.report.updates[0]?.candidate !== '2.0')

    expect(honest.length).toBeGreaterThanOrEqual(8)
    expect(silent.map((one) => `${one.name}: ${JSON.stringify(asked.get(one.name))}`)).toEqual([])
    expect(canary.connections()).toBe(0)
  })
})

/** What The Update Framework's specification (1.5.2) wants to be safe from, and the words that a person reads for it. */
const ATTACKS: Readonly<Record<string, readonly [name: string, word: RegExp]>> = {
  'arbitrary installation': ['staged-other-key', /signature is refused: the key [0-9A-F]+ is not among the trusted/],
  'endless data': ['list-endless', /longer than|more than|too large|did not end|not in time/i],
  'extraneous dependencies': ['list-one-byte-changed', /inconsistent|not what|hash/i],
  'fast-forward': ['staged-fast-forward', /from the future/],
  'indefinite freeze': ['staged-expired', /has expired/],
  'malicious mirror': ['release-redirect-canary', /address is loopback/],
  'mix-and-match': ['staged-mix-and-match', /inconsistent/],
  rollback: ['staged-rollback', /went back in time/],
  'slow retrieval': ['release-drip', /was not waited for any longer/],
  'key compromise': ['signature-expired-key', /by a key that has expired/],
  'wrong software': ['field-other-suite', /not the suite asked for/],
}

describe('attacks on updates', () => {
  it.each(Object.entries(ATTACKS))('%s is named in the answer', (_attack, [name, word]) => {
    expect(Object.keys(ATTACKS)).toHaveLength(11)
    expect(asked.get(name)?.report.reasons.join('\n')).toMatch(word)
  })

  it('of fast-forward leave no mark: the honest archive is taken again', async () => {
    const one = cases.find((other) => other.name === 'staged-fast-forward')!
    await serveStage(server, { ...one, stages: [{ version: '2.0' }] }, 0, { keys: world.keys, now: new Date() })
    await refresh(one.name)
    const report = await answered(await world.ask('GET', `/v1/machines/${one.name}/updates`))

    expect(report).toMatchObject({ freshness: 'fresh', updates: [{ candidate: '2.0' }] })
  })
})
