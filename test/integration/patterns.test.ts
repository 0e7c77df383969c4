import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answered } from '#test/support/answered.ts'
import type { Answered } from '#test/support/answered.ts'
import { statusEntry } from '#test/support/apt-evidence.ts'
import { MIRROR, stationWorld } from '#test/support/station-world.ts'
import type { StationWorld } from '#test/support/station-world.ts'
import { tellCount } from '#test/support/tell-count.ts'

/**
 * Patterns that keep other engines busy for minutes, in every place where a machine may write one, through a whole check: the event
 * loop stands still no longer than for the same machine without patterns, and what was not carried out is said.
 */
const PACKAGES = 300
/** What everybody may wait for; on a busy machine, a few times what the same check takes without a pattern. */
const STALL_MS = 100
const TIMES = 4

let world: StationWorld
let controlMs = 0
const NAMES = Array.from({ length: PACKAGES }, (_, at) => `${'a'.repeat(60)}${String(at).padStart(4, 'a')}`)

beforeAll(async () => {
  world = await stationWorld({ isQuick: true })
  await world.publish(NAMES.map((name) => `${name} 2.0`))
  // The first checks of a process are slow: they are no measure.
  for (let round = 0; round < 3; round += 1) controlMs = (await checkWith(`control-${round}`, {})).stallMs
}, 60_000)
afterAll(() => world.close())

interface Checked {
  readonly report: Answered
  readonly stallMs: number
}

async function checkWith(machine: string, files: Readonly<Record<string, string>>): Promise<Checked> {
  const watch = monitorEventLoopDelay({ resolution: 5 })
  watch.enable()
  const status = NAMES.map((name) => statusEntry({ Package: name, Version: '1.0' })).join('')
  await world.register(machine, { files: { 'var/lib/dpkg/status': status, ...files } })
  const report = await answered(await world.ask('GET', `/v1/machines/${machine}/updates`))
  await new Promise((resolve) => {
    setTimeout(resolve, 10)
  })
  watch.disable()
  return { report, stallMs: watch.max / 1e6 }
}

const pin = (packages: string, value = 'release a=stable') =>
  `Package: ${packages}\nPin: ${value}\nPin-Priority: 400\n\n`
const many = (count: number, make: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => make(at)).join('')
const preferences = (text: string) => ({ 'etc/apt/preferences': text })

const ALTERNATIVES = '/(a|aa)*b/'
const NESTED = '/(.*)*(.*)*(.*)*x/'
const PLUS = '/(a+)+$b/'
const LONG = `/${'(a|aa)*'.repeat(41)}b/`
const COUNTED = '/((((a{16}){16}){16}){16})b/'
const STARS = '*a'.repeat(500)
const BACKWARD = `*${'a'.repeat(30)}b*`

const CASES: readonly (readonly [name: string, files: Readonly<Record<string, string>>])[] = [
  ['(a|aa)*b', preferences(pin(ALTERNATIVES))],
  ['(.*)*(.*)*(.*)*x', preferences(pin(NESTED))],
  ['(a+)+$', preferences(pin(PLUS))],
  ['a long chain of alternatives', preferences(pin(LONG))],
  ['repetition upon repetition', preferences(pin(COUNTED))],
  ['500 stars', preferences(pin(STARS))],
  ['500 globs of 500 stars', preferences(many(500, (at) => pin(`${'*a'.repeat(480)}${at}`)))],
  ['500 globs that go back and forth', preferences(many(500, (at) => pin(`${BACKWARD}${at}`)))],
  ['40 chains of alternatives', preferences(many(40, (at) => pin(`/${'(a|aa)*'.repeat(40)}${at}/`)))],
  ['for source packages', preferences(many(300, (at) => pin(`src:${BACKWARD}${at}`)))],
  [
    'in versions',
    preferences(
      many(3, () => pin('*', `version ${LONG}`)) +
        many(2000, (at) => pin(NAMES[0] ?? '', `version /${'(a|aa)*'.repeat(30)}${at}/*`)),
    ),
  ],
  [
    'in releases',
    preferences(many(600, (at) => pin('*', `release a=/${'(a|aa)*'.repeat(30)}${at}/, l=${STARS.slice(0, 200)}`))),
  ],
  ['in origins', preferences(many(2000, (at) => pin('*', `origin /${'(a,|aa)*'.repeat(30)}${at}/`)))],
  [
    'in every term of a release for every package',
    preferences(many(400, () => pin(BACKWARD, `release a=${LONG}, o=${STARS}`))),
  ],
  ['in the default release', { 'etc/apt/apt.conf': `APT::Default-Release "${LONG}";\n` }],
  [
    'in the default release, for many suites',
    {
      'etc/apt/apt.conf': `APT::Default-Release "/${'(x*)*'.repeat(190)}/";\n`,
      'etc/apt/sources.list': many(190, (at) => `deb [trusted=yes] ${MIRROR} ${'x'.repeat(400)}${at}-security main\n`),
    },
  ],
  ['brackets without end', preferences(pin(`${'['.repeat(900)}*`) + pin(`*${'[a-'.repeat(300)}`))],
  ['parentheses without end', preferences(pin(`/${'('.repeat(290)}/`) + pin(`/${'()'.repeat(140)}*/`))],
]

describe('patterns of a machine', () => {
  it.each(CASES)('%s: do not hold up the station, and what they hide is said', async (name, files) => {
    const at = CASES.findIndex(([other]) => other === name)
    const bound = Math.max(STALL_MS, TIMES * controlMs)
    // Whatever else this machine does only holds up longer: the best of a few rounds counts, each with a policy of its own.
    let checked = await checkWith(`m-${at}-0`, files)
    for (let round = 1; round < 4 && checked.stallMs >= bound; round += 1) {
      const other = { ...files, 'etc/apt/preferences.d/round': pin(`round-${round}`) }
      checked = await checkWith(`m-${at}-${round}`, other)
    }
    const { report, stallMs } = checked
    tellCount(`event loop, ${name}`, {
      'stall ms': Math.round(stallMs),
      'control ms': Math.round(controlMs),
      freshness: report.freshness,
    })

    expect(stallMs).toBeLessThan(bound)
    // Either every pattern was carried out, and all updates are there; or the answer says that it is not known.
    const isWhole = report.freshness === 'fresh' && report.updates.length === PACKAGES
    const isTold = report.freshness === 'unknown' && report.reasons.length > 0
    expect([name, isWhole || isTold]).toEqual([name, true])
  })

  it('that a person would write are carried out', async () => {
    const { report } = await checkWith(
      'sane',
      preferences(pin('/^a+[0-9]*$/ *-dev linux-image-*', 'release o=Test, a=stable*') + pin('zz*', 'version 1:2.*')),
    )

    expect(report).toMatchObject({ freshness: 'fresh', reasons: [] })
    expect(report.updates).toHaveLength(PACKAGES)
  })
})
