import { afterEach, expect, it } from 'vitest'
import type { Evidence } from '#shared/domain/evidence.ts'
import { openCheckCache } from '#shared/usecases/check-cache.ts'
import { checkOnce } from '#shared/usecases/check-once.ts'
import { identifyEvidence } from '#shared/usecases/kept-answer.ts'
import { evidenceOf, statusEntry } from '#test/support/apt-evidence.ts'
import { MIRROR, stationWorld } from '#test/support/station-world.ts'
import type { StationWorld } from '#test/support/station-world.ts'
import { makeHeader, makeNdb, packageTags } from '#test/support/rpm-databases.ts'
import { rpmMachine } from '#test/support/rpm-evidence.ts'

let opened: StationWorld | undefined
afterEach(() => opened?.close())

const HOUR = 3600

async function setup() {
  const world = (opened = await stationWorld())
  await world.publish(['hello 2.0'])
  const evidence = (version: string): Evidence =>
    evidenceOf({
      'var/lib/dpkg/status': statusEntry({ Package: 'hello', Version: version }),
      'var/lib/dpkg/arch': 'amd64\n',
      'etc/apt/keyrings/test.gpg': world.keyring,
      'etc/apt/sources.list': `deb [arch=amd64 signed-by=/etc/apt/keyrings/test.gpg] ${MIRROR} stable main\n`,
    })
  /** How fresh a check calls its answer, and the candidates that it finds. */
  const check = async (version: string, build: string | null = 'build-1') => {
    const report = await checkOnce(
      { ...world.station, cache: openCheckCache() },
      { evidence: evidence(version), name: 'one', build },
    )
    return { freshness: report.freshness, found: report.updates.map(({ candidate }) => candidate) }
  }
  const checkEvidence = (whole: Evidence) =>
    checkOnce({ ...world.station, cache: openCheckCache() }, { evidence: whole, name: 'one', build: 'build-1' })
  const kept = async () => {
    const keys: string[] = []
    for await (const key of world.station.objects.list('once/answers/')) keys.push(key)
    return keys
  }
  return { world, evidence, check, checkEvidence, kept }
}

it('answers from what an earlier check of the same evidence found, though the lists themselves are gone', async () => {
  const { world, check } = await setup()
  expect(await check('1.0')).toEqual({ freshness: 'fresh', found: ['2.0'] })

  for await (const key of world.station.objects.list('apt/lists/')) await world.station.objects.delete(key)
  expect(await check('1.0')).toEqual({ freshness: 'fresh', found: ['2.0'] })
})

it('works it out anew when a package changed', async () => {
  const { check } = await setup()
  await check('1.0')

  expect(await check('2.0')).toEqual({ freshness: 'fresh', found: [] })
})

it('works it out anew when the repository changed', async () => {
  const { world, check } = await setup()
  await check('1.0')

  world.pass(2 * HOUR)
  await world.publish(['hello 3.0'])
  expect(await check('1.0')).toEqual({ freshness: 'fresh', found: ['3.0'] })
})

it('works it out anew when the check of another system has brought a new snapshot', async () => {
  const { world, check } = await setup()
  await check('1.0')

  world.pass(2 * HOUR)
  await world.publish(['hello 3.0'])
  await check('1.5')
  expect(await check('1.0')).toEqual({ freshness: 'fresh', found: ['3.0'] })
})

it('never calls a kept answer fresh once its snapshots are past their validity', async () => {
  const { world, check } = await setup()
  await check('1.0')

  world.pass(2 * HOUR)
  world.outside.clear()
  expect(await check('1.0')).toEqual({ freshness: 'stale', found: ['2.0'] })
})

it('keeps one answer for each build, and none for code that has no name', async () => {
  const { check, kept } = await setup()
  await check('1.0', null)
  expect(await kept()).toHaveLength(0)

  await check('1.0', 'build-1')
  await check('1.0', 'build-2')
  expect(await kept()).toHaveLength(2)
})

it('does not believe a kept answer that went bad', async () => {
  const { world, check, kept } = await setup()
  await check('1.0')

  const [key = ''] = await kept()
  const stored = Buffer.from((await world.station.objects.get(key))!.body).toString()
  await world.station.objects.put(key, Buffer.from(stored.replace('"2.0"', '"1.0"')))
  expect(stored).toContain('"2.0"')
  expect(await check('1.0')).toEqual({ freshness: 'fresh', found: ['2.0'] })
})

it('reads a database of rpm that lies in the evidence, and finds the answer again by the bytes of the database', async () => {
  const { checkEvidence, kept } = await setup()
  const database = makeNdb(['hello', 'keel'].map((name) => makeHeader(packageTags(name))))
  const evidence = rpmMachine({ 'lazaret/rpm-packages': '', 'usr/lib/sysimage/rpm/Packages.db': database })

  const first = await checkEvidence(evidence)
  expect(first.counts.packages).toBe(2)
  expect(await kept()).toEqual([`once/answers/${identifyEvidence(evidence, 'build-1')}.json`])
})

it('takes a machine of dpkg for one though rpm’s empty database lies beside it', async () => {
  const { evidence, checkEvidence } = await setup()
  const files = new Map([...evidence('1.0').files, ['var/lib/rpm/Packages.db', makeNdb([])]] as const)

  const { updates } = await checkEvidence({ files })
  expect(updates.map(({ candidate }) => candidate)).toEqual(['2.0'])
})
