import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApi } from '#shared/api/app.ts'
import { openCheckCache } from '#shared/usecases/check-cache.ts'
import { answered } from '#test/support/answered.ts'
import { statusEntry } from '#test/support/apt-evidence.ts'
import { collect } from '#test/support/collect.ts'
import { seededNumbers } from '#test/support/seeded.ts'
import { MIRROR, requestOf, stationWorld } from '#test/support/station-world.ts'
import type { StationWorld } from '#test/support/station-world.ts'
import { tellCount } from '#test/support/tell-count.ts'

/**
 * A machine that is up to date as long as everything is there. Then something is taken away or spoiled: the machine, its sources, what
 * the station stored. Whatever is answered then, it is never `fresh` without updates, and the gate is never told `allow`.
 */
let world: StationWorld

beforeEach(async () => {
  world = await stationWorld({ isQuick: true })
  await world.publish(['hello 1.0', 'other 1.0'])
})
afterEach(() => world.close())

const KEY = 'signed-by=/etc/apt/keyrings/test.gpg'

interface Told {
  readonly status: number
  readonly freshness: string
  readonly updates: number
  readonly decision: string
  readonly canTell: boolean
  readonly said: string
}

/** Asks as after a restart: nothing of what this process opened before is there any more. */
async function ask(within = ''): Promise<Told> {
  const api = createApi({ ...world.station, cache: openCheckCache() }, { importerScript: '' })
  const get = async (path: string) => api.fetch(requestOf('GET', `/v1/machines/web1/${path}${within}`, {}, world.admin))
  const [updates, verdict] = [await get('updates'), await get('verdict')]
  const text = await updates.clone().text()
  const [report, judged] = [await answered(updates), await answered(verdict)]
  return {
    status: updates.status,
    freshness: report.freshness,
    updates: report.updates.length,
    decision: judged.decision,
    canTell: judged.canTell === true,
    said: text,
  }
}

const isClean = (told: Told) => (told.freshness === 'fresh' && told.updates === 0) || told.decision === 'allow'

describe('a machine that is up to date', () => {
  it('is told so, or nothing below would prove anything', async () => {
    await world.register('web1')
    const told = await ask()

    expect(told).toMatchObject({ status: 200, freshness: 'fresh', updates: 0, decision: 'allow' })
  })
})

const SOURCES: readonly (readonly [name: string, sources: string, said: RegExp])[] = [
  ['no sources at all', '', /No repository is enabled/],
  ['only comments', `# deb ${MIRROR} stable main\n`, /No repository is enabled/],
  ['only source packages', `deb-src [${KEY}] ${MIRROR} stable main\n`, /No repository is enabled/],
  ['a broken line', `deb [${KEY}] ${MIRROR} stable main\ndeb [${MIRROR} stable main\n`, /sources\.list:2/],
  ['a line of another kind', `deb [${KEY}] ${MIRROR} stable main\nrpm ${MIRROR} stable main\n`, /sources\.list:2/],
  ['a line without a suite', `deb [${KEY}] ${MIRROR} stable main\ndeb ${MIRROR}\n`, /sources\.list:2/],
  ['a disc', `deb cdrom:[Debian 12]/ stable main\n`, /is a disc/],
  ['a folder of its own', 'deb [trusted=yes] file:/srv/debian stable main\n', /lies on the machine itself/],
  ['a disc beside what can be had', `deb [${KEY}] ${MIRROR} stable main\ndeb cdrom:[x]/ stable main\n`, /is a disc/],
  ['a mirror list that is not there', `deb [${KEY}] mirror+file:/etc/mirrors stable main\n`, /list of mirrors/],
  ['Tor', `deb [${KEY}] tor+http://mirror.example.org/debian stable main\n`, /Tor/],
  ['another suite', `deb [${KEY}] ${MIRROR} testing main\n`, /no Release file/],
  ['another host', `deb [${KEY}] http://other.example.org/debian stable main\n`, /no Release file/],
  ['a component that is listed nowhere', `deb [${KEY}] ${MIRROR} stable main contrib\n`, /no component 'contrib'/],
  ['an architecture that is not there', `deb [${KEY} arch=arm64] ${MIRROR} stable main\n`, /architecture 'arm64'/],
  [
    'a key that is not in the evidence',
    `deb [signed-by=/nowhere.gpg] ${MIRROR} stable main\n`,
    /not among the trusted/,
  ],
  ['no key at all', `deb ${MIRROR} stable main\n`, /not among the trusted/],
  ['a repository that is never trusted', `deb [trusted=no] ${MIRROR} stable main\n`, /does not trust/],
  ['a contradiction', `deb [${KEY}] ${MIRROR} stable main\ndeb [trusted=yes] ${MIRROR} stable x\n`, /contradicts/],
]

describe('a machine with sources from which nothing can be told', () => {
  it.each(SOURCES)('%s: is unknown and denied, and told why', async (_name, sources, said) => {
    await world.register('web1', { files: { 'etc/apt/sources.list': sources } })
    const told = await ask()

    expect(told).toMatchObject({ freshness: 'unknown', decision: 'deny', canTell: false })
    expect(told.said).toMatch(said)
  })

  it('a file of sources that is switched off: is unknown and denied', async () => {
    const stanza = `Enabled: no\nTypes: deb\nURIs: ${MIRROR}\nSuites: stable\nComponents: main\n`
    await world.register('web1', {
      files: { 'etc/apt/sources.list': '', 'etc/apt/sources.list.d/x.sources': stanza },
    })

    expect(await ask()).toMatchObject({ freshness: 'unknown', decision: 'deny' })
  })

  it('preferences that apt refuses: is unknown and denied', async () => {
    await world.register('web1', { files: { 'etc/apt/preferences': 'Package: *\nPin: release a=stable\n' } })

    expect(await ask()).toMatchObject({ freshness: 'unknown', decision: 'deny' })
  })
})

describe('a machine whose time has passed', () => {
  it('is not fresh before its repository was ever looked at', async () => {
    await world.register('web1')

    expect(await ask('?within=0')).toMatchObject({ freshness: 'unknown', decision: 'deny' })
  })

  it.each([
    ['an hour and a bit', 3700],
    ['a day', 86_400],
    ['a year', 365 * 86_400],
  ])(
    'is not fresh %s later when nothing could be asked, and denied once its evidence is old',
    async (_name, seconds) => {
      await world.register('web1')
      await ask()
      world.outside.clear()
      world.pass(seconds)
      const [at0, asked] = [await ask('?within=0'), await ask()]

      const decision = seconds > 30 * 86_400 ? 'deny' : 'warn'
      expect([at0, asked]).toMatchObject([
        { freshness: 'stale', decision },
        { freshness: 'stale', decision },
      ])
    },
  )

  it('is not fresh when the clock of the station went back by a year', async () => {
    await world.register('web1')
    await ask()
    world.outside.clear()
    world.pass(-365 * 86_400)

    expect(await ask('?within=0')).toMatchObject({ freshness: 'stale', decision: 'warn' })
  })

  it('is not fresh once the Release file has expired, though the mirror answers as before', async () => {
    await world.register('web1')
    await ask()
    world.pass(8 * 86_400)
    const told = await ask()

    expect(told).toMatchObject({ freshness: 'stale', decision: 'warn' })
    expect(told.said).toContain('has expired')
  })
})

/** Every way in which a stored file can be spoiled; the same at every run. */
function spoilings(seed: number, bytes: Buffer): { name: string; bytes: Buffer | null }[] {
  const below = seededNumbers(seed)
  const flipped = Array.from({ length: 40 }, () => {
    const copy = Buffer.from(bytes)
    const at = below(bytes.length)
    copy[at] = (copy[at] ?? 0) ^ (1 << below(8))
    return { name: `bit of byte ${at} flipped`, bytes: copy }
  })
  const cut = Array.from({ length: 8 }, () => below(bytes.length))
  return [
    { name: 'gone', bytes: null },
    { name: 'empty', bytes: Buffer.alloc(0) },
    { name: 'zeros', bytes: Buffer.alloc(bytes.length) },
    { name: 'something else', bytes: Buffer.from('{}') },
    { name: 'longer', bytes: Buffer.concat([bytes, Buffer.from('x')]) },
    ...cut.map((length) => ({ name: `cut at ${length}`, bytes: bytes.subarray(0, length) })),
    ...flipped,
  ]
}

describe('what the station stored, spoiled behind its back', () => {
  it.each(['apt/lists/', 'inventories/', 'subjects/', 'keyrings/'])('%s: never read as clean', async (kind) => {
    await world.register('web1', { packages: ['hello 0.9', 'other 1.0'] })
    expect(await ask()).toMatchObject({ freshness: 'fresh', updates: 1 })
    const { objects } = world.station
    const [key = ''] = (await collect(objects.list(kind))).filter((one) => !one.endsWith('.names'))
    const whole = await objects.get(key)
    const clean: string[] = []
    const cases = spoilings(7, Buffer.from(whole?.body ?? []))
    for (const [at, { name, bytes }] of cases.entries()) {
      await (bytes === null ? objects.delete(key) : objects.put(key, bytes))
      for (const result of await collect(objects.list('results/'))) await objects.delete(result)
      // Half of the cases while the snapshot is valid, half of them when it has to be fetched again.
      if (at % 2 === 1) world.pass(3700)
      const told = await ask()
      if (isClean(told) || (told.freshness === 'fresh' && told.updates !== 1)) clean.push(`${name}: ${told.said}`)
    }
    tellCount(`damages of ${kind}`, { tried: cases.length, 'read as clean': clean.length })

    expect(cases.length).toBeGreaterThan(50)
    expect(clean).toEqual([])
  })
})

describe('what is named by its content and went bad', () => {
  it.each(['inventories/', 'subjects/', 'keyrings/'])('%s: the same evidence again mends it', async (kind) => {
    await world.register('web1', { packages: ['hello 0.9'] })
    await ask()
    const { objects } = world.station
    const [key = ''] = (await collect(objects.list(kind))).filter((one) => !one.endsWith('.names'))
    await objects.put(key, Buffer.from('spoiled'))
    for (const result of await collect(objects.list('results/'))) await objects.delete(result)
    world.pass(3700)
    await ask()
    await world.register('web1', { packages: ['hello 0.9'] })
    world.pass(3700)

    expect(await ask()).toMatchObject({ freshness: 'fresh', updates: 1 })
  })
})

describe('a stored list that went bad', () => {
  it.each(['gone', 'damaged'])('%s: is fetched again by the next look at the repository', async (how) => {
    await world.register('web1', { packages: ['hello 0.9'] })
    await ask()
    const { objects } = world.station
    const [key = ''] = await collect(objects.list('apt/lists/'))
    await (how === 'gone' ? objects.delete(key) : objects.put(key, Buffer.alloc(100)))
    for (const result of await collect(objects.list('results/'))) await objects.delete(result)
    const meanwhile = await ask()
    world.pass(3700)
    const later = await ask()

    expect(meanwhile.freshness).not.toBe('fresh')
    expect(later).toMatchObject({ freshness: 'fresh', updates: 1 })
  })
})

describe('evidence that cannot be read', () => {
  it.each([
    ['cut', statusEntry({}).slice(0, -30)],
    ['without a version', 'Package: hello\nStatus: install ok installed\nArchitecture: amd64\n\n'],
    ['not a package database', '<html></html>\n'],
    ['empty', ''],
  ])('leaves an unregistered machine denied: %s', async (_name, status) => {
    const response = await world.register('web1', { files: { 'var/lib/dpkg/status': status } })
    const told = await ask()

    expect(response.status).toBe(422)
    expect(told).toMatchObject({ status: 404, decision: 'deny', canTell: false })
  })

  it('leaves a registered machine as it was, and says nothing better of it', async () => {
    await world.register('web1', { packages: ['hello 0.9'] })
    const before = await ask()
    const response = await world.register('web1', { files: { 'var/lib/dpkg/status': 'Package: x\n' } })
    const after = await ask()

    expect(response.status).toBe(422)
    expect([before.updates, after.updates, after.decision]).toEqual([1, 1, 'warn'])
  })
})
