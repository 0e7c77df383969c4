import { gunzipSync } from 'node:zlib'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Machine } from '#shared/domain/machine.ts'
import { inert } from '#shared/domain/text.ts'
import { forgetMachine } from '#shared/usecases/forget-machine.ts'
import { answered } from '#test/support/answered.ts'
import { statusEntry } from '#test/support/apt-evidence.ts'
import { CANARY, MACHINE_FILES } from '#test/support/fixture-machine.ts'
import { MIRROR, stationWorld } from '#test/support/station-world.ts'
import type { StationWorld } from '#test/support/station-world.ts'
import { tarGzOf } from '#test/support/tar-builder.ts'

let world: StationWorld

beforeEach(async () => {
  world = await stationWorld()
})
afterEach(() => world.close())

const GZIP = { 'content-type': 'application/gzip' }

describe('secrets', () => {
  it('are in no object, table, log or answer, although a careless importer sent them', async () => {
    const members = Object.entries(MACHINE_FILES).map(([name, data]) => ({ name, data }))
    const answer = await world.ask('PUT', '/v1/machines/web1/evidence', { body: tarGzOf(members), headers: GZIP })
    const owner = await world.token('owner', { owner: 'alice' })
    await world.ask('GET', '/v1/machines', { token: `${owner}x` })
    await world.workAll()
    const paths = ['', '/updates', '/verdict', '/why'].map((rest) => `/v1/machines/web1${rest}`)
    const texts = [await answer.text(), ...world.logged]
    for (const path of [...paths, '/v1/machines', '/v1/repositories', '/v1/packages', '/v1/tokens', '/v1/queue'])
      texts.push(await (await world.ask('GET', path)).text())
    texts.push(...(await storedTexts()))

    const secrets = [CANARY, owner, world.admin]
    expect(answer.status).toBe(201)
    expect(texts.length).toBeGreaterThan(15)
    expect(texts.filter((text) => secrets.some((secret) => text.includes(secret)))).toEqual([])
  })

  it('of a token are shown once and never listed', async () => {
    const issued = await world.ask('POST', '/v1/tokens', { json: { role: 'gate', label: 'door' } })
    const { secret } = (await issued.json()) as { secret: string }
    const list = await (await world.ask('GET', '/v1/tokens')).text()

    expect(secret).toMatch(/^lzt_[A-Za-z0-9_-]{43}$/)
    expect(list).toContain('door')
    expect(list).not.toContain(secret)
  })
})

/** Every file of the data folder and every object, unpacked where it is packed. */
async function storedTexts(): Promise<string[]> {
  const texts: string[] = []
  for (const entry of await readdir(world.folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) texts.push((await readFile(join(entry.parentPath, entry.name))).toString('latin1'))
  }
  for await (const key of world.station.objects.list('')) {
    const stored = await world.station.objects.get(key)
    const body = Buffer.from(stored?.body ?? [])
    texts.push((key.endsWith('.gz') ? gunzipSync(body) : body).toString('latin1'))
  }
  return texts
}

describe('a token that ended or was revoked', () => {
  it('opens nothing from that moment on', async () => {
    const expiresAt = new Date(world.station.clock.now().getTime() + 60_000).toISOString()
    const json = { role: 'owner', owner: 'alice', expiresAt }
    const issued = (await (await world.ask('POST', '/v1/tokens', { json })).json()) as { secret: string }
    const gate = await answered(await world.ask('POST', '/v1/tokens', { json: { role: 'gate' } }))
    const before = await world.ask('GET', '/v1/machines', { token: issued.secret })
    world.pass(61)
    const after = await world.ask('GET', '/v1/machines', { token: issued.secret })
    const revoked = await world.ask('DELETE', `/v1/tokens/${gate.token.id}`)
    const again = await world.ask('DELETE', `/v1/tokens/${gate.token.id}`)

    expect([before, after, revoked, again].map((response) => response.status)).toEqual([200, 401, 204, 404])
  })
})

describe('the time that a wrong token takes', () => {
  it('tells nothing of how near it is: the medians lie within a tenth', async () => {
    const near = `${world.admin.slice(0, -1)}${world.admin.endsWith('A') ? 'B' : 'A'}`
    const guesses = [near, `lzt_${'q'.repeat(43)}`, `${world.admin.slice(0, 24)}${'q'.repeat(23)}`]
    // Whatever else this machine does only widens the spread: the narrowest of a few rounds counts.
    let spread = Number.POSITIVE_INFINITY
    for (let round = 0; round < 6 && spread >= 0.1; round += 1) spread = Math.min(spread, await measureSpread(guesses))

    expect(spread).toBeLessThan(0.1)
  })
})

async function measureSpread(guesses: readonly string[]): Promise<number> {
  const times = guesses.map((): number[] => [])
  for (let at = 0; at < 500; at += 1) {
    for (const [index, token] of guesses.entries()) {
      const started = performance.now()
      await world.ask('GET', '/v1/machines', { token })
      times[index]?.push(performance.now() - started)
    }
  }
  const medians = times.map((all) => all.toSorted((a, b) => a - b)[all.length >> 1] ?? 0)
  return Math.max(...medians) / Math.min(...medians) - 1
}

describe('names that JavaScript knows', () => {
  const NAMES = ['__proto__', 'constructor', 'prototype', 'tostring', 'valueof', 'hasownproperty', '__definegetter__']

  it('are packages like any other, through the whole path', async () => {
    const lawful = NAMES.filter((name) => !name.startsWith('_'))
    await world.publish(lawful.map((name) => `${name} 2.0`))
    await world.register('web1', {
      files: { 'var/lib/dpkg/status': lawful.map((name) => statusEntry({ Package: name })).join('') },
    })
    const report = await answered(await world.ask('GET', '/v1/machines/web1/updates'))

    expect(report.updates.map((update) => update.name)).toEqual(lawful.toSorted())
    for (const name of lawful) {
      const found = await answered(await world.ask('GET', `/v1/packages/${name}`))
      expect(found.machines).toMatchObject([{ machine: 'web1', candidate: '2.0' }])
    }
  })

  it('change no object of ours, wherever they come in', async () => {
    await world.publish(NAMES.map((name) => `${name} 2.0`))
    await world.register('constructor', {
      files: {
        'var/lib/dpkg/status': NAMES.map((name) => statusEntry({ Package: name, [name]: 'x' })).join(''),
        'etc/apt/preferences': NAMES.map((name) => `Package: ${name}\nPin: release ${name}=x\nPin-Priority: 1\n`).join(
          '\n',
        ),
        'etc/os-release': NAMES.map((name) => `${name}=polluted\n`).join(''),
      },
    })
    await world.workAll()
    const answers = await Promise.all(
      NAMES.map((name) =>
        world.ask('POST', '/v1/checks', { body: Buffer.from(`{"${name}":{"x":1}}`), headers: JSON_TYPE }),
      ),
    )

    expect(answers.map((response) => response.status)).toEqual(NAMES.map(() => 400))
    const plain: Record<string, unknown> = {}
    expect([plain.x, plain.polluted, Object.keys(Object.prototype)]).toEqual([undefined, undefined, []])
  })
})

const JSON_TYPE = { 'content-type': 'application/json' }

describe('two registrations of one machine at once', () => {
  it('are both answered, and one of them lands whole', async () => {
    const small = ['hello 1.0']
    const large = ['hello 1.0', 'zeta 1', 'eta 1']
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => world.register('web1', { packages: at % 2 === 0 ? small : large })),
    )
    const bodies = await Promise.all(answers.map(async (response) => (await response.json()) as Registered))
    const machine = (await (await world.ask('GET', '/v1/machines/web1')).json()) as { packages: number }
    const stored = await world.station.table.get({ partition: 'machine', sort: 'web1' })
    const { evidenceSha256 } = Machine.parse(stored?.value)

    expect(answers.map((response) => response.status).filter((status) => status === 201)).toHaveLength(1)
    expect(answers.every((response) => response.ok)).toBe(true)
    expect(bodies.find((body) => body.evidenceSha256 === evidenceSha256)?.packages).toBe(machine.packages)
    expect(await world.station.objects.has(`evidence/web1/${evidenceSha256}.tar.gz`)).toBe(true)
  })

  it('of a clone while its last twin is being forgotten leaves the clone whole', async () => {
    await world.publish(['hello 2.0'])
    await world.register('web1')
    const { table } = world.station
    let isFirst = true
    const meddled = {
      ...world.station,
      table: {
        ...table,
        delete: async (...given: Parameters<typeof table.delete>) => {
          await table.delete(...given)
          if (isFirst) await world.register('web2')
          isFirst = false
        },
      },
    }
    await forgetMachine(meddled, 'web1')
    const { subject } = Machine.parse((await table.get({ partition: 'machine', sort: 'web2' }))?.value)
    const users = await Promise.all(
      (await answered(await world.ask('GET', '/v1/repositories'))).items.map(({ id }) =>
        table.get({ partition: `repository-subjects/${id}`, sort: subject }),
      ),
    )

    expect(await world.station.objects.has(`subjects/${subject}.json`)).toBe(true)
    expect(users.map((item) => item?.sort)).toEqual([subject])
  })

  it('by two owners leave the machine with one of them, and the other is refused', async () => {
    const owners = await Promise.all(['alice', 'bob'].map((owner) => world.token('owner', { owner })))
    const answers = await Promise.all(
      owners.map((token) => world.register('web1', { token, packages: [`a ${token.length}`] })),
    )

    expect(answers.map((response) => response.status).toSorted((a, b) => a - b)).toEqual([201, 403])
  })
})

interface Registered {
  readonly packages: number
  readonly evidenceSha256: string
}

describe('the rate of requests', () => {
  it('is bounded for a token, which is told when to come again, and not for an administrator', async () => {
    const limits = { requests: { perSecond: 1, burst: 3 } }
    const bounded = await stationWorld({ limits })
    const token = await bounded.token('owner', { owner: 'alice' })
    const answers = []
    for (let at = 0; at < 5; at += 1) answers.push(await bounded.ask('GET', '/v1/machines', { token }))
    const admin = await Promise.all(Array.from({ length: 10 }, () => bounded.ask('GET', '/v1/machines')))
    bounded.pass(2)
    const later = await bounded.ask('GET', '/v1/machines', { token })
    await bounded.close()

    expect(answers.map((response) => response.status)).toEqual([200, 200, 200, 429, 429])
    expect(answers[4]?.headers.get('retry-after')).toBe('1')
    expect(admin.every((response) => response.status === 200)).toBe(true)
    expect(later.status).toBe(200)
  })

  it('of evidence is bounded for one machine', async () => {
    const token = await world.token('importer', { machine: 'web1' })
    const statuses = []
    for (let at = 0; at < 32; at += 1) statuses.push((await world.register('web1', { token })).status)

    expect(statuses.filter((status) => status === 429)).toHaveLength(2)
  })
})

describe('texts that would do something', () => {
  const TEXTS = [
    '\u001b[31mred',
    '\u001b]0;title\u0007',
    '\u001b[2J',
    '\u009b31m',
    '\u202egnp.exe',
    '\u2066hidden\u2069',
    '\u200bzero',
    '\ufeffmark',
    '\u0000nul',
    '\u007fdel',
    'back\u0008space',
    '<script>alert(1)</script>',
    '=cmd|calc',
    'javascript:alert(1)',
  ]

  it.each(TEXTS)('%j is inert in every answer, JSON or text', async (text) => {
    const files = {
      'etc/os-release': `ID=debian\nPRETTY_NAME="Debian ${text}"\n`,
      'etc/apt/sources.list': `deb http://mirror.example.org/${text} stable main\n`,
      'etc/apt/sources.list.d/x.list': `deb ${MIRROR} stable ${text}\n`,
    }
    const asText = await world.register('web1', { files, headers: { accept: 'text/plain' } })
    const bodies = [await asText.text()]
    for (const path of ['/v1/machines', '/v1/repositories', '/v1/machines/web1/updates', '/v1/machines/web1/why'])
      bodies.push(await (await world.ask('GET', path)).text())
    bodies.push(await (await world.ask('GET', `/v1/packages/${encodeURIComponent(text)}`)).text())

    expect(bodies.filter(isLive)).toEqual([])
  })
})

/** Control or reordering characters that a terminal or a page would obey; newlines and tabs are lawful in an answer as text. */
function isLive(body: string): boolean {
  return inert(body) !== body || /[^\P{C}\n\t]/u.test(body)
}
