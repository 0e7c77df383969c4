import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answered } from '#test/support/answered.ts'
import type { Answered } from '#test/support/answered.ts'
import { stationWorld } from '#test/support/station-world.ts'
import type { StationWorld } from '#test/support/station-world.ts'

let world: StationWorld

beforeEach(async () => {
  world = await stationWorld()
})
afterEach(() => world.close())

async function read(path: string): Promise<Answered> {
  return answered(await world.ask('GET', path))
}

describe('a machine’s way through the API', () => {
  it('registers with 201, then answers 200 and unchanged for the same evidence', async () => {
    const first = await world.register('web1')
    const again = await world.register('WEB1')

    expect([first.status, again.status]).toEqual([201, 200])
    expect(await answered(first)).toMatchObject({ machine: 'web1', changed: true, packages: 1 })
    expect(await answered(again)).toMatchObject({ machine: 'web1', changed: false })
  })

  it('answers the importer in plain text when it asks for that', async () => {
    const response = await world.register('web1', { headers: { accept: 'text/plain' } })

    expect(response.headers.get('content-type')).toContain('text/plain')
    expect((await response.text()).split('\n')).toEqual([
      'web1: registered, 1 package, 1 repository',
      expect.stringContaining('warning: No security suite is enabled'),
      '',
    ])
  })

  it('lists the updates of a machine, fetched within the question', async () => {
    await world.publish(['hello 2.0', 'other 9'])
    await world.register('web1', { packages: ['hello 1.0', 'mine 1'] })

    expect(await read('/v1/machines/web1/updates')).toMatchObject({
      schema: 'lazaret.updates/1',
      freshness: 'fresh',
      updates: [{ name: 'hello', installed: '1.0', candidate: '2.0' }],
      local: [{ name: 'mine' }],
    })
  })

  it('answers 304 while nothing changed, and anew when something did', async () => {
    await world.publish(['hello 2.0'])
    await world.register('web1')
    const first = await world.ask('GET', '/v1/machines/web1/updates')
    const tag = { headers: { 'if-none-match': first.headers.get('etag') ?? '' } }
    const second = await world.ask('GET', '/v1/machines/web1/updates', tag)
    await world.publish(['hello 3.0'])
    world.pass(4000)
    const third = await world.ask('GET', '/v1/machines/web1/updates', tag)

    expect([first.status, second.status, third.status]).toEqual([200, 304, 200])
    expect(await second.text()).toBe('')
    expect((await answered(third)).updates[0]?.candidate).toBe('3.0')
  })

  it('shows never-checked, fresh and stale in the list without checking anything for it', async () => {
    await world.register('web1')
    const before = await read('/v1/machines')
    await world.publish(['hello 2.0'])
    await world.workAll()
    const fresh = await read('/v1/machines')
    world.pass(4000)
    const stale = await read('/v1/machines')

    expect(before.items[0]).toMatchObject({ freshness: 'never-checked', counts: null })
    expect(fresh.items[0]).toMatchObject({ freshness: 'fresh', counts: { updates: 1 } })
    expect(stale.items[0]).toMatchObject({ freshness: 'stale', counts: { updates: 1 } })
  })

  it('calls a result stale from the moment that a repository changed until it is drawn again', async () => {
    await world.publish(['hello 2.0'])
    await world.register('web1')
    await world.workAll()
    await world.publish(['hello 3.0'])
    const id = (await read('/v1/repositories')).items[0]?.id
    await world.ask('POST', `/v1/repositories/${id}/refresh`, { json: { force: true } })
    const between = await read('/v1/machines/web1')
    await world.workAll()
    const after = await read('/v1/machines/web1')

    expect(between).toMatchObject({ freshness: 'stale', reasons: ['a repository changed since the last check'] })
    expect(after).toMatchObject({ freshness: 'fresh', reasons: [] })
  })

  it('shows unknown, never clean, when the repository could not be had', async () => {
    await world.register('web1')
    await world.workAll()
    const list = await read('/v1/machines')
    const verdict = await read('/v1/machines/web1/verdict')

    expect(list.items[0]?.freshness).toBe('unknown')
    expect(verdict).toMatchObject({ decision: 'deny', canTell: false })
  })

  it('pages through machines without losing or doubling one', async () => {
    for (const name of ['a1', 'a2', 'b1', 'b2', 'b3']) await world.register(name)
    const names: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Answered = await read(`/v1/machines?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)
      names.push(...page.items.map((item) => item.name))
      cursor = page.cursor
    }

    expect(names).toEqual(['a1', 'a2', 'b1', 'b2', 'b3'])
    expect((await read('/v1/machines?prefix=b')).items).toHaveLength(3)
  })

  it('forgets a machine, whose verdict is then that nobody registered it', async () => {
    await world.register('web1')
    const response = await world.ask('DELETE', '/v1/machines/web1')
    const verdict = await read('/v1/machines/web1/verdict')

    expect(response.status).toBe(204)
    expect(verdict.reasons).toMatchObject([{ code: 'unregistered' }])
    expect((await world.ask('GET', '/v1/machines/web1/updates')).status).toBe(404)
  })

  it('keeps what a clone needs when its twin is forgotten or changes', async () => {
    await world.publish(['hello 2.0'])
    await world.register('web1')
    await world.register('web2')
    await world.ask('DELETE', '/v1/machines/web1')
    await world.register('web3')
    await world.register('web3', { packages: ['hello 1.5'] })

    expect((await read('/v1/machines/web2/updates')).updates).toHaveLength(1)
    expect((await read('/v1/machines/web3/updates')).updates).toMatchObject([{ installed: '1.5' }])
  })
})

describe('a repository that a sweep forgot too early', () => {
  it('is looked at again when a machine that uses it is asked about', async () => {
    await world.publish(['hello 2.0'])
    await world.register('web1')
    const id = (await read('/v1/repositories')).items[0]?.id ?? ''
    await world.station.table.delete({ partition: 'repository', sort: id })

    expect(await read('/v1/machines/web1/updates')).toMatchObject({ freshness: 'fresh', updates: [{ name: 'hello' }] })
  })
})

describe('checks', () => {
  it('accepts a check, works it, and tells how it ended', async () => {
    await world.publish(['hello 2.0'])
    await world.register('web1')
    const accepted = await world.ask('POST', '/v1/checks', { json: { machine: 'web1', force: true } })
    const { id } = await answered(accepted)
    await world.workAll()

    expect([accepted.status, accepted.headers.get('location')]).toEqual([202, `/v1/checks/${id}`])
    expect(await read(`/v1/checks/${id}`)).toMatchObject({ status: 'done', machine: 'web1' })
  })
})

describe('why', () => {
  it('names the security updates and the command that installs them', async () => {
    await world.publish(['hello 2.0'])
    await world.register('web1')
    const why = await read('/v1/machines/web1/why')

    expect(why.sentence).toBe('web1 may start, with a warning: 1 other update outstanding: hello → 2.0.')
    expect([why.command, why.runOn]).toEqual(['apt-get install --only-upgrade hello', 'machine'])
  })

  it('sends whoever cannot be judged to the importer', async () => {
    const why = await read('/v1/machines/nobody/why')

    expect(why.command).toContain('lazaret-importer --station "$LAZARET_STATION"')
    expect(why.command).toContain('--name nobody')
  })

  it('names the line of the sources when a repository can never be had', async () => {
    await world.register('web1', { files: { 'etc/apt/sources.list': 'deb cdrom:[x]/ stable main\n' } })
    const why = await read('/v1/machines/web1/why')

    expect(why.command).toBe('sensible-editor +1 /etc/apt/sources.list')
  })
})

describe('repositories and packages', () => {
  it('refreshes one repository at once and says what came of it', async () => {
    await world.publish(['hello 2.0'])
    await world.register('web1')
    const id = (await read('/v1/repositories')).items[0]?.id
    const first = await world.ask('POST', `/v1/repositories/${id}/refresh`)
    const again = await world.ask('POST', `/v1/repositories/${id}/refresh`, { json: {} })
    const forced = await world.ask('POST', `/v1/repositories/${id}/refresh`, { json: { force: true } })

    const statuses = await Promise.all(
      [first, again, forced].map(async (response) => (await answered(response)).status),
    )
    expect(statuses).toEqual(['changed', 'current', 'unchanged'])
    expect(await read(`/v1/repositories/${id}`)).toMatchObject({
      freshness: 'fresh',
      packages: 1,
      verification: 'verified',
    })
  })

  it('queues a refresh of all and says how many', async () => {
    await world.register('web1')
    const response = await world.ask('POST', '/v1/refresh', { json: { force: true } })

    expect([response.status, (await answered(response)).queued]).toEqual([202, 1])
  })

  it('counts machines and outdated machines of each package name', async () => {
    await world.publish(['hello 2.0', 'zeta 1'])
    await world.register('web1')
    await world.register('web2')
    await world.register('web3', { packages: ['hello 2.0', 'zeta 1'] })
    await world.workAll()

    expect((await read('/v1/packages')).items).toMatchObject([
      { name: 'hello', installed: 3, outdated: 2, versions: ['1.0', '2.0'] },
      { name: 'zeta', installed: 1, outdated: 0, kind: null },
    ])
    expect((await read('/v1/packages?outdated=true')).items).toHaveLength(1)
    expect((await read('/v1/packages?name=zet')).items).toHaveLength(1)
    const page = await read('/v1/packages?limit=1')
    expect((await read(`/v1/packages?limit=1&cursor=${page.cursor}`)).items).toMatchObject([{ name: 'zeta' }])
  })

  it('tells a package that some machine has, one that is only offered, and one that nobody knows', async () => {
    await world.publish(['hello 2.0', 'zeta 1'])
    await world.register('web1')
    const early = await read('/v1/packages/zeta')
    await world.workAll()

    expect(early).toMatchObject({
      knowledge: 'unknown',
      notLookedInto: [expect.stringContaining('mirror.example.org')],
    })
    expect(await read('/v1/packages/hello')).toMatchObject({
      knowledge: 'installed',
      machines: [{ machine: 'web1', installed: '1.0', candidate: '2.0', status: 'outdated' }],
    })
    expect(await read('/v1/packages/zeta')).toMatchObject({ knowledge: 'offered', machines: [] })
    expect(await read('/v1/packages/nothing')).toMatchObject({ knowledge: 'unknown', notLookedInto: [] })
  })
})

describe('every answer', () => {
  it('carries the headers of safety and a request id, problems too', async () => {
    for (const path of ['/v1/health', '/v1/machines', '/v1/nothing', '/v1/machines/..', '//x']) {
      const response = await world.ask('GET', path)

      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
      expect(response.headers.get('access-control-allow-origin')).toBeNull()
    }
    expect((await world.ask('GET', '/v1/machines')).headers.get('cache-control')).toBe('no-store')
    expect((await world.ask('GET', '/v1/machines', { token: null })).headers.get('www-authenticate')).toBe('Bearer')
  })

  it('names the methods that a route takes when it refuses one', async () => {
    const response = await world.ask('PATCH', '/v1/machines/web1')

    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, DELETE'])
  })
})
