import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gate } from '#cli/commands/gate.ts'
import { machines } from '#cli/commands/machines.ts'
import { packages } from '#cli/commands/packages.ts'
import { importMachine } from '#cli/commands/register.ts'
import { listTokens } from '#cli/commands/token.ts'
import { updates } from '#cli/commands/updates.ts'
import { why } from '#cli/commands/why.ts'
import { isFault } from '#shared/domain/fault.ts'
import { serve } from '#station/serve.ts'
import type { Serving } from '#station/serve.ts'
import { statusEntry } from '#test/support/apt-evidence.ts'
import { captureOutput } from '#test/support/capture-output.ts'
import { writeMachine } from '#test/support/fixture-machine.ts'
import { bytesOf, HOSTILE_TEXTS, whatIsLive } from '#test/support/hostile-texts.ts'
import { plantArchives, plantEvidence } from '#test/support/plant-texts.ts'
import { stationWorld } from '#test/support/station-world.ts'
import type { StationWorld } from '#test/support/station-world.ts'
import { tellCount } from '#test/support/tell-count.ts'

/**
 * Fourteen texts wherever a machine, a repository or a caller can put one, and everything that a person or a program reads of us:
 * tables on a terminal, what is said beside them, `--json`, answers of the API, problem documents, plain text, the log.
 */
const SINKS = ['stdout', 'stderr', 'cli json', 'api json', 'problem', 'plain text', 'log', 'headers'] as const
type Sink = (typeof SINKS)[number]
/** How many of the texts come through in part at least. Headers show nothing of anybody, the log little. */
const SHOWN: Record<Sink, number> = {
  stdout: 10,
  stderr: 10,
  'cli json': 10,
  'api json': 12,
  problem: 12,
  'plain text': 5,
  log: 2,
  headers: 0,
}

let world: StationWorld
let serving: Serving
let folder: string
const seen: { readonly sink: Sink; readonly at: number; readonly text: string }[] = []
const GZIP = { 'content-type': 'application/gzip' }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lazaret-texts-'))
  world = await stationWorld({ isQuick: true, log: 'as-written' })
  serving = await serve(world.api, { listen: '127.0.0.1:0', folder: world.folder })
  for (const [at, { text }] of HOSTILE_TEXTS.entries()) {
    await plantArchives(world, at, text)
    await register(at, text)
    await readApi(at, text)
    await readCommands(at)
    await importFolder(at, text)
  }
  await world.workAll()
  await readLists()
  for (const line of world.logged) seen.push({ sink: 'log', at: -1, text: line })
}, 120_000)
afterAll(async () => {
  await serving.close()
  await world.close()
  await rm(folder, { recursive: true, force: true })
})

describe('texts that would do something', () => {
  it.each(SINKS)('are inert in this sink: %s', (sink) => {
    const texts = seen.filter((one) => one.sink === sink)
    const live = texts.flatMap(({ at, text }) => {
      const what = whatIsLive(text)
      return what === '' ? [] : [`${HOSTILE_TEXTS[at]?.name ?? 'a list'}: ${what.slice(0, 300)}`]
    })
    const reached = HOSTILE_TEXTS.filter(({ mark }) => texts.some(({ text }) => text.toLowerCase().includes(mark)))
    tellCount(`texts in ${sink}`, {
      outputs: texts.length,
      'strings that came so far': reached.length,
      live: live.length,
    })

    expect(live).toEqual([])
    // Were nothing of them shown, nothing would be proven.
    expect(reached.length).toBeGreaterThanOrEqual(SHOWN[sink])
  })

  it('are parsed back to what they were from the JSON of both', () => {
    const both = seen.filter(({ sink }) => sink === 'api json' || sink === 'cli json')

    for (const { text } of both) expect(() => JSON.parse(text) as unknown).not.toThrow()
    expect(both.some(({ text }) => text.includes('\\u202egnp') && text.includes('zq4q'))).toBe(true)
  })

  it('never bring their own colours to a terminal that has colours', async () => {
    const wrong: string[] = []
    for (const [at, { name }] of HOSTILE_TEXTS.entries()) {
      for (const kind of ['sound', 'hostile']) {
        const [painted, plain] = await paintBoth(at, kind)
        const bare = stripVTControlCharacters(painted)
        if (bare !== plain || (plain !== '' && bare === painted)) wrong.push(name)
      }
    }

    expect(wrong).toEqual([])
  })

  it('are in no header of an answer', () => {
    const headers = seen.filter(({ sink }) => sink === 'headers').map(({ text }) => text)

    expect(headers.filter((text) => /zq\d+q/.test(text))).toEqual([])
  })

  it('never come as a page: every answer is JSON or plain text, and not to be guessed at', () => {
    const headers = seen.filter(({ sink }) => sink === 'headers').map(({ text }) => text)
    const pages = headers.filter(
      (text) =>
        !/^content-type: (?:application\/(?:problem\+)?json|text\/plain)/m.test(text) || !text.includes('nosniff'),
    )

    expect(headers.length).toBeGreaterThan(100)
    expect(pages).toEqual([])
  })
})

describe('the command as a process of its own', () => {
  it.each(HOSTILE_TEXTS.filter(({ text }) => !text.includes('\u0000') && text.length < 10_000))(
    'says inertly that there is no such file: $name',
    ({ text }) => {
      const program = join(import.meta.dirname, '../../cli/lazaret.mjs')
      const ran = spawnSync(process.execPath, [program, 'machines', '--config', `/nowhere/${text}`], {
        encoding: 'utf8',
        env: { ...process.env, LAZARET_DATA: folder },
      })

      expect(ran.status).toBeGreaterThan(0)
      expect([whatIsLive(ran.stdout), whatIsLive(ran.stderr)]).toEqual(['', ''])
      expect(ran.stderr).toContain(text.slice(0, 3))
    },
  )
})

async function readApi(at: number, text: string): Promise<void> {
  for (const kind of ['sound', 'hostile', 'named']) {
    for (const path of ['', '/updates', '/verdict', '/why'])
      await keep(at, world.ask('GET', `/v1/machines/${kind}-${at}${path}`))
  }
  const part = encodeURIComponent(text.slice(0, 3000).toWellFormed())
  for (const path of [
    `/v1/machines/${part}`,
    `/v1/packages/${part}`,
    `/v1/repositories/${part}`,
    `/v1/${part}`,
    `/v1/checks/${part}`,
  ])
    await keep(at, world.ask('GET', path))
  for (const query of [`${part}=1`, `limit=${part}`, `cursor=${part}`, `prefix=${part}`])
    await keep(at, world.ask('GET', `/v1/machines?${query}`))
  for (const json of [
    { [text]: text },
    { role: text },
    { role: 'gate', label: text.slice(0, 90) },
    { role: 'owner', owner: text },
  ])
    await keep(at, world.ask('POST', '/v1/tokens', { json }))
  await keep(at, world.ask('POST', '/v1/checks', { json: { machine: text } }))
  await keep(
    at,
    world.ask('POST', '/v1/checks', { body: bytesOf(`{"${text}`), headers: { 'content-type': 'application/json' } }),
  )
  await keep(at, world.ask('GET', '/v1/machines', { headers: { accept: 'text/html', 'if-none-match': `"zq${at}q"` } }))
}

async function readCommands(at: number): Promise<void> {
  const options = { station: serving.url, token: world.admin, all: true }
  for (const json of [false, true]) {
    for (const kind of ['sound', 'hostile']) {
      for (const command of [updates, gate, why]) {
        await run(at, json, () => command(`${kind}-${at}`, { ...options, json }))
      }
    }
    await run(at, json, () => packages('probe', { ...options, json }))
  }
}

/** The same machine with colours and without: a colour that is not ours would be gone from one and stand escaped in the other. */
async function paintBoth(at: number, kind: string): Promise<[painted: string, plain: string]> {
  const options = { station: serving.url, token: world.admin, all: true }
  const outputs: string[] = []
  for (const color of [true, false]) {
    const before = seen.length
    for (const command of [updates, gate, why]) {
      outputs.push(await run(at, false, () => command(`${kind}-${at}`, { ...options, color })))
    }
    seen.length = before
  }
  return [outputs.slice(0, 3).join(''), outputs.slice(3).join('')]
}

async function readLists(): Promise<void> {
  for (const path of [
    '/v1/machines?limit=500',
    '/v1/repositories?limit=500',
    '/v1/packages?limit=500',
    '/v1/tokens',
    '/v1/queue',
  ])
    await keep(-1, world.ask('GET', path))
  const options = { station: serving.url, token: world.admin }
  for (const json of [false, true]) {
    for (const command of [machines, listTokens]) await run(-1, json, () => command({ ...options, json }))
    await run(-1, json, () => packages(undefined, { ...options, json }))
  }
}

async function keep(at: number, asked: Promise<Response>): Promise<void> {
  const response = await asked
  const type = response.headers.get('content-type') ?? ''
  const sink = type.includes('problem') ? 'problem' : type.startsWith('text/plain') ? 'plain text' : 'api json'
  const text = await response.text()
  seen.push({ sink, at, text })
  seen.push({ sink: 'headers', at, text: [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n') })
}

/** A folder whose file names are such texts: what cannot be sent is said on standard error. */
async function importFolder(at: number, text: string): Promise<void> {
  const root = join(folder, `machine-${at}`)
  const name = text.slice(0, 80).replaceAll('/', '_').replaceAll('\u0000', '_')
  await writeMachine(root, {
    'var/lib/dpkg/status': statusEntry({}),
    'lazaret/architecture': 'amd64\n',
    [`etc/apt/keyrings/${name}.gpg`]: '-----BEGIN PGP PRIVATE KEY BLOCK-----\n',
  })
  await run(at, false, () => importMachine(`folder-${at}`, { station: serving.url, token: world.admin, root }))
}

/** Runs a command and keeps what it writes. A refused machine has no answer: what is said then is another test's matter. */
async function run(at: number, json: boolean, command: () => Promise<unknown>): Promise<string> {
  const { stdout, stderr } = await captureOutput(async () => {
    await command().catch((error: unknown) => {
      if (!isFault(error)) throw error
    })
  })
  if (stdout !== '') seen.push({ sink: json ? 'cli json' : 'stdout', at, text: stdout })
  if (stderr !== '') seen.push({ sink: 'stderr', at, text: stderr })
  return stdout
}

async function register(at: number, text: string): Promise<void> {
  for (const [kind, body] of plantEvidence(at, text)) {
    for (const headers of [GZIP, { ...GZIP, accept: 'text/plain' }]) {
      await keep(at, world.ask('PUT', `/v1/machines/${kind}-${at}/evidence`, { body, headers }))
    }
  }
}
