import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { answered } from '#test/support/answered.ts'
import { describePackage, makeArchive } from '#test/support/hostile-repositories/archive.ts'
import type { ArchivePlan } from '#test/support/hostile-repositories/archive.ts'
import { clearSign } from '#test/support/hostile-repositories/signing.ts'
import { evidenceOfNeighbour, hostileNeighbours } from '#test/support/hostile-neighbours.ts'
import { seededNumbers } from '#test/support/seeded.ts'
import { stationWorld } from '#test/support/station-world.ts'
import type { StationWorld } from '#test/support/station-world.ts'
import { tellCount } from '#test/support/tell-count.ts'

/**
 * Bystanders are checked twice: alone in a station, and in one where hostile machines name the same archives with other keys, other
 * options and other addresses, before and after them. Not a byte of what a bystander is told may differ but the times.
 */
const BYSTANDERS = 1000
/** The hostile machines come first for one half of these, last for the other half. */
const ARCHIVES = ['a', 'b', 'c', 'd'].map((name) => `https://mirror.example.org/${name}`)
const OFFERED = 60

let alone: StationWorld
let among: StationWorld
let before: Told
let refreshed = 0

interface Told {
  readonly answers: readonly string[]
  /** By id: what the list says of each repository that a bystander uses. */
  readonly repositories: ReadonlyMap<string, string>
}

beforeAll(async () => {
  alone = await stationWorld({ isQuick: true })
  among = await stationWorld({ isQuick: true })
  for (const world of [alone, among]) for (const uri of ARCHIVES) await serve(world, uri, {})
  await registerBystanders(alone)
  before = await ask(alone)

  await registerNeighbours(among, ARCHIVES.slice(0, 2))
  await among.workAll()
  await registerBystanders(among)
  await registerNeighbours(among, ARCHIVES.slice(2))
  await among.workAll()
}, 120_000)
afterAll(async () => {
  await alone.close()
  await among.close()
})

describe('hostile machines that name the archives of others', () => {
  it('change nothing of what the others are told, whoever came first', async () => {
    const now = await ask(among)
    const changed = differences(now)
    tellCount('results of bystanders', { total: now.answers.length, changed: changed.length })

    expect(now.answers).toHaveLength(BYSTANDERS)
    expect(changed.slice(0, 3)).toEqual([])
    expect(now.repositories).toEqual(before.repositories)
  })

  it('change nothing either when the archives turn evil and only the hostile machines believe them', async () => {
    among.pass(60)
    for (const uri of ARCHIVES) await serve(among, uri, EVIL)
    await refresh(among, (id) => !before.repositories.has(id))
    const now = await ask(among)
    const changed = differences(now)
    const fooled = await countFooled(among)
    tellCount('results of bystanders beside fooled machines', {
      changed: changed.length,
      'repositories fooled': fooled,
    })

    expect(refreshed).toBeGreaterThan(60)
    expect(fooled).toBeGreaterThanOrEqual(20)
    expect(changed.slice(0, 3)).toEqual([])
    expect(now.repositories).toEqual(before.repositories)
  })

  it('cannot make the others believe it: asked by force, their archives are refused and their updates stay', async () => {
    await refresh(among, (id) => before.repositories.has(id))
    const now = await ask(among)
    const kept = now.answers.map((text) => stripTrust(text))

    expect(now.answers.filter((text) => !text.includes('"freshness":"stale"')).slice(0, 3)).toEqual([])
    expect(kept.filter((text, at) => text !== stripTrust(before.answers[at] ?? '')).slice(0, 3)).toEqual([])
    expect(now.answers.filter((text) => text.includes('99-evil'))).toEqual([])
  })

  it('leave nothing behind once the archives are honest again', async () => {
    among.pass(60)
    for (const uri of ARCHIVES) await serve(among, uri, {})
    await refresh(among, () => true)
    const now = await ask(among)

    expect(differences(now).slice(0, 3)).toEqual([])
    expect(now.repositories).toEqual(before.repositories)
  })
})

describe('lists that are shared because their content is the same', () => {
  it('lend no trust: a machine whose key did not sign stays unknown, though the list is stored', async () => {
    const world = await stationWorld({ isQuick: true })
    const uri = ARCHIVES[0] ?? ''
    await serve(world, uri, EVIL)
    const [trusting] = hostileNeighbours({ ownKey: world.keyring, goodKey: world.keyring }).filter(
      (one) => one.name === 'trusted',
    )
    await world.ask('PUT', '/v1/machines/evil/evidence', {
      body: evidenceOfNeighbour(trusting!, uri, world.keyring),
      headers: { 'content-type': 'application/gzip' },
    })
    await world.workAll()
    await world.register('victim', { files: sourcesOf(uri), packages: ['package-1 1.0'] })
    const [fooled, victim] = [await report(world, 'evil'), await report(world, 'victim')]
    await world.close()

    expect(fooled).toMatchObject({ freshness: 'fresh', updates: [{ candidate: '99-evil' }] })
    expect(fooled.repositories).toMatchObject([{ verification: 'trusted-by-option' }])
    expect(victim).toMatchObject({ freshness: 'unknown', updates: [] })
    expect(victim.repositories).toMatchObject([{ verification: 'none' }])
  })

  it('are stored once for both, each with its own verification', async () => {
    const world = await stationWorld({ isQuick: true })
    const uri = ARCHIVES[0] ?? ''
    await serve(world, uri, {})
    await world.register('good', { files: sourcesOf(uri), packages: ['package-1 1.0'] })
    await world.register('lax', {
      files: { 'etc/apt/sources.list': `deb [arch=amd64 trusted=yes] ${uri} stable main\n` },
      packages: ['package-1 1.0'],
    })
    const [good, lax] = [await report(world, 'good'), await report(world, 'lax')]
    const lists = []
    for await (const key of world.station.objects.list('apt/lists/')) lists.push(key)
    await world.close()

    expect(lists).toHaveLength(1)
    expect(good.repositories).toMatchObject([{ verification: 'verified' }])
    expect(lax.repositories).toMatchObject([{ verification: 'trusted-by-option' }])
  })
})

/** Signed by the key that only hostile machines trust; the package that everybody has is offered as `99-evil`. */
const EVIL: ArchivePlan = {
  packages: Buffer.from(describePackage({ Package: 'package-1', Version: '99-evil' })),
  sign: async (text, keys) => ({ InRelease: await clearSign(text, keys.other) }),
}

async function serve(world: StationWorld, uri: string, plan: ArchivePlan): Promise<void> {
  const stanzas = Array.from({ length: OFFERED }, (_, at) =>
    describePackage({ Package: `package-${at}`, Version: `${1 + (at % 3)}.0`, Filename: `pool/${at}.deb` }),
  )
  // i386 is not there: a machine of that architecture sees a gap, one of amd64 does not.
  const honest: ArchivePlan = { packages: Buffer.from(stanzas.join('')), ...plan }
  const served = await makeArchive(honest, world.keys, world.station.clock.now())
  for (const [path, behaviour] of served) {
    if (behaviour.kind === 'serve') world.outside.set(`${uri}/dists/stable/${path}`, Buffer.from(behaviour.body))
  }
}

function sourcesOf(uri: string, architectures = 'amd64') {
  const options = `arch=${architectures} signed-by=/etc/apt/keyrings/test.gpg`
  return { 'etc/apt/sources.list': `deb [${options}] ${uri} stable main\n` }
}

async function registerBystanders(world: StationWorld): Promise<void> {
  const below = seededNumbers(10)
  for (let at = 0; at < BYSTANDERS; at += 1) {
    const packages = Array.from({ length: 6 }, () => `package-${below(OFFERED)} ${1 + below(3)}.0`)
    const names = new Map(packages.map((text) => [text.split(' ')[0], text]))
    const uri = ARCHIVES[at % ARCHIVES.length] ?? ''
    const hasForeign = at % 3 === 0
    await world.register(`bystander-${at}`, {
      packages: [...names.values()],
      files: {
        ...sourcesOf(uri, hasForeign ? 'amd64,i386' : 'amd64'),
        'var/lib/dpkg/arch': hasForeign ? 'amd64\ni386\n' : 'amd64\n',
      },
    })
  }
}

async function registerNeighbours(world: StationWorld, uris: readonly string[]): Promise<void> {
  const ownKey = world.keys.other.toPublic().write()
  for (const [at, uri] of uris.entries()) {
    for (const one of hostileNeighbours({ ownKey, goodKey: world.keyring })) {
      const response = await world.ask('PUT', `/v1/machines/${uri.at(-1)}${at}-${one.name}/evidence`, {
        body: evidenceOfNeighbour(one, uri, world.keyring),
        headers: { 'content-type': 'application/gzip' },
      })
      expect([one.name, response.status]).toEqual([one.name, 201])
    }
  }
}

async function ask(world: StationWorld): Promise<Told> {
  const answers: string[] = []
  for (let at = 0; at < BYSTANDERS; at += 1) {
    const response = await world.ask('GET', `/v1/machines/bystander-${at}/updates`)
    answers.push(withoutTimes(await response.text()))
  }
  const used = await usedBy(world)
  const list = z
    .looseObject({ items: z.array(z.looseObject({ id: z.string() })) })
    .parse(await (await world.ask('GET', '/v1/repositories?limit=500')).json())
  const mine = list.items.filter((item) => used.has(item.id))
  return { answers, repositories: new Map(mine.map((item) => [item.id, withoutTimes(JSON.stringify(item))])) }
}

/** The repositories of the bystanders, from what is stored of them. */
async function usedBy(world: StationWorld): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  for (let at = 0; at < 12; at += 1) {
    const stored = await world.station.table.get({ partition: 'machine', sort: `bystander-${at}` })
    const { subject } = z.looseObject({ subject: z.string() }).parse(stored?.value)
    const body = await world.station.objects.get(`subjects/${subject}.json`)
    const { repositories } = z
      .looseObject({ repositories: z.array(z.looseObject({ id: z.string() })) })
      .parse(JSON.parse(Buffer.from(body?.body ?? []).toString()))
    for (const repository of repositories) ids.add(repository.id)
  }
  return ids
}

async function refresh(world: StationWorld, wants: (id: string) => boolean): Promise<void> {
  const list = await answered(await world.ask('GET', '/v1/repositories?limit=500'))
  const ids = list.items.map((item) => item.id).filter(wants)
  for (const id of ids) await world.ask('POST', `/v1/repositories/${id}/refresh`, { json: { force: true } })
  refreshed = ids.length
  await world.workAll()
}

/** Repositories that took the evil archive. */
async function countFooled(world: StationWorld): Promise<number> {
  const list = await answered(await world.ask('GET', '/v1/repositories?limit=500'))
  return list.items.filter((item) => item.packages === 1 && item.failure === null).length
}

async function report(world: StationWorld, machine: string) {
  return answered(await world.ask('GET', `/v1/machines/${machine}/updates`))
}

function differences(now: Told): string[] {
  return now.answers.flatMap((text, at) => {
    const was = before.answers[at] ?? ''
    return text === was ? [] : [showDifference(was, text)]
  })
}

const withoutTimes = (text: string) => text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')

/** The answer without how far it is to be trusted. */
function stripTrust(text: string): string {
  return JSON.stringify({ ...z.looseObject({}).parse(JSON.parse(text)), freshness: '', reasons: [] })
}

/** Both texts from shortly before the place where they part. */
function showDifference(a: string, b: string): string {
  let at = 0
  while (at < a.length && a[at] === b[at]) at += 1
  return [a, b].map((text) => text.slice(Math.max(0, at - 80), at + 120)).join(' | ')
}
