import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answered } from '#test/support/answered.ts'
import { statusEntry } from '#test/support/apt-evidence.ts'
import { describePackage, makeArchive } from '#test/support/hostile-repositories/archive.ts'
import { MIRROR, stationWorld } from '#test/support/station-world.ts'
import type { StationWorld } from '#test/support/station-world.ts'
import { tellCount } from '#test/support/tell-count.ts'

/** Names that JavaScript's own objects have, as names of everything that a stranger may name. */
const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'toLocaleString',
  '__defineGetter__',
  '__defineSetter__',
  '__lookupGetter__',
  '__lookupSetter__',
]
/** What dpkg takes as a package's name, folded as apt folds it. */
const PACKAGES = NAMES.map((name) => name.toLowerCase()).filter((name) => /^[a-z0-9]/.test(name))
const MACHINES = PACKAGES

let world: StationWorld
beforeEach(async () => {
  world = await stationWorld({ isQuick: true })
})
afterEach(() => world.close())

/** Everything that pollution would leave behind. */
function pollution(): string[] {
  const plain: Record<string, unknown> = {}
  const inherited = [
    ...Object.keys(Object.prototype),
    ...Object.keys(Array.prototype),
    ...Object.keys(Function.prototype),
  ]
  const found = ['x', 'polluted', 'name', 'packages', 'status'].filter((key) => plain[key] !== undefined)
  return [...inherited, ...found, ...(typeof plain.toString === 'function' ? [] : ['toString is gone'])]
}

const PINNED = 'signed-by=/etc/apt/keyrings/test.gpg'

/** One archive for each name, which is its suite, its component and the name of whatever else a Release may name. */
async function publish(name: string): Promise<void> {
  const index = PACKAGES.map((other) =>
    describePackage({
      Package: other,
      Version: '2.0',
      Source: other,
      Provides: NAMES.join(', '),
      Depends: `${other} | x`,
    }),
  ).join('')
  const packages = Buffer.from(index + `Package: probe\nVersion: 3.0\nArchitecture: amd64\n${fieldsOf('x')}\n`)
  const served = await makeArchive(
    {
      packages,
      files: (body) => new Map([[`${name}/binary-amd64/Packages`, body]]),
      edit: (text) =>
        text
          .replaceAll('stable', name)
          .replace(/^Components: main$/m, `Components: ${name}`)
          .concat(fieldsOf('y')),
    },
    world.keys,
    world.station.clock.now(),
  )
  for (const [path, behaviour] of served) {
    if (behaviour.kind === 'serve') world.outside.set(`${MIRROR}/dists/${name}/${path}`, Buffer.from(behaviour.body))
  }
}

/** A field of each of the names. */
function fieldsOf(value: string): string {
  return NAMES.map((name) => `${name}: ${value}\n`).join('')
}

function machineFiles(): Record<string, string> {
  const sources = NAMES.map((name) => `deb [arch=amd64 ${PINNED} ${name}=x] ${MIRROR} ${name} ${name}\n`)
  const pins = NAMES.flatMap((name) => [
    `Package: ${name}\nPin: release ${name}=x, a=${name}, c=${name}\nPin-Priority: 500\n${fieldsOf('x')}`,
    `Package: *\nPin: origin ${name}\nPin-Priority: 1\n`,
    `Package: src:${name} /${name}/ ${name}*\nPin: version ${name}\nPin-Priority: 2\n`,
  ])
  return {
    'var/lib/dpkg/status': PACKAGES.map((name) =>
      statusEntry({ Package: name, Version: '1.0', Source: name, Provides: NAMES.join(', '), Conffiles: 'x' }).replace(
        '\n\n',
        `\n${fieldsOf('x')}\n`,
      ),
    ).join(''),
    'etc/apt/sources.list': sources.join(''),
    'etc/apt/sources.list.d/x.sources': NAMES.map(
      (name) => `Enabled: no\nTypes: deb\nURIs: ${MIRROR}\nSuites: ${name}\n${fieldsOf('x')}`,
    ).join('\n'),
    'etc/apt/preferences': pins.join('\n'),
    'etc/apt/apt.conf': NAMES.flatMap((name) => [
      `${name} "polluted";`,
      `${name}::${name} "polluted";`,
      `${name} { ${name} { x "polluted"; }; };`,
      `APT::${name}::x "polluted";`,
      `Acquire::Max-ValidTime::${name} "99999999";`,
      `Acquire::https::${name}::SslCert "";`,
    ]).join('\n'),
    'etc/os-release': NAMES.map((name) => `${name}=polluted\n`).join('') + 'ID=debian\nVERSION_ID="12"\n',
  }
}

describe('names that JavaScript knows', () => {
  it('are packages, suites, components, fields, pins and settings like any other', async () => {
    for (const name of NAMES) await publish(name)
    await world.register('constructor', { files: machineFiles() })
    await world.workAll()
    const report = await answered(await world.ask('GET', '/v1/machines/constructor/updates'))
    tellCount('names', { packages: PACKAGES.length, updates: report.updates.length, polluted: pollution().length })

    expect(report.reasons).toEqual([])
    expect(report.freshness).toBe('fresh')
    expect(report.updates.map(({ name, candidate }) => `${name} ${candidate}`)).toEqual(
      PACKAGES.toSorted().map((name) => `${name} 2.0`),
    )
    expect(pollution()).toEqual([])
  })

  it('are found by search, machine by machine, and nothing else is', async () => {
    for (const name of NAMES) await publish(name)
    for (const name of MACHINES) await world.register(name, { files: machineFiles() })
    await world.workAll()
    const list = await answered(await world.ask('GET', '/v1/packages?limit=500'))
    const rest = await Promise.all(
      NAMES.map(async (name) => answered(await world.ask('GET', `/v1/packages/${encodeURIComponent(name)}`))),
    )
    const machines = await answered(await world.ask('GET', '/v1/machines?limit=500'))

    expect(list.items.map(({ name }) => name).toSorted()).toEqual(PACKAGES.toSorted())
    expect(machines.items.map(({ name }) => name)).toEqual(MACHINES.toSorted())
    expect(rest.map(({ knowledge }) => knowledge)).toEqual(
      NAMES.map((name) => (PACKAGES.includes(name) ? 'installed' : 'unknown')),
    )
    expect(pollution()).toEqual([])
  })

  it('have a verdict each as machines, and are forgotten like any other', async () => {
    for (const name of NAMES) await publish(name)
    for (const name of MACHINES) await world.register(name)
    const verdicts = await Promise.all(
      MACHINES.map(async (name) => answered(await world.ask('GET', `/v1/machines/${name}/verdict`))),
    )
    const strangers = await Promise.all(
      ['tostring1', 'valueof1'].map(async (name) => answered(await world.ask('GET', `/v1/machines/${name}/verdict`))),
    )
    const gone = await Promise.all(MACHINES.map((name) => world.ask('DELETE', `/v1/machines/${name}`)))
    const list = await answered(await world.ask('GET', '/v1/machines'))

    expect(new Set(verdicts.map(({ decision }) => decision))).toEqual(new Set(['deny']))
    expect(verdicts.map(({ machine }) => machine)).toEqual(MACHINES)
    expect(strangers.flatMap(({ reasons }) => reasons)).toMatchObject([
      { code: 'unregistered' },
      { code: 'unregistered' },
    ])
    expect(new Set(gone.map(({ status }) => status))).toEqual(new Set([204]))
    expect(list.items).toEqual([])
  })

  it('are refused as query parameters, members of bodies and nested in them, and pollute nothing', async () => {
    const statuses: number[] = []
    const bodies = NAMES.flatMap((name) => [
      `{"${name}":{"x":1}}`,
      `{"machine":"a","${name}":{"polluted":true}}`,
      `{"role":"gate","${name}":1}`,
      `{"machine":{"${name}":{"x":1}}}`,
      `[{"${name}":{"x":1}}]`,
      `{"constructor":{"prototype":{"${name}":1,"x":1}}}`,
    ])
    for (const path of ['/v1/checks', '/v1/tokens', '/v1/refresh']) {
      for (const body of bodies) {
        const headers = { 'content-type': 'application/json' }
        statuses.push((await world.ask('POST', path, { body: Buffer.from(body), headers })).status)
      }
    }
    for (const name of NAMES) {
      for (const query of [`${name}=x`, `${name}[x]=1`, `limit[${name}]=1`, `cursor=${name}`, `prefix=${name}`])
        statuses.push((await world.ask('GET', `/v1/machines?${query}`)).status)
    }
    // The one prefix that may begin a machine's name is an empty page.
    const wrong = statuses.filter((status) => status !== 400 && status !== 200)

    expect(wrong).toEqual([])
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(NAMES.length)
    expect(pollution()).toEqual([])
  })
})
