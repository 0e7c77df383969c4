import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openFetcher } from '#adapters/embedded/fetcher.ts'
import { openJsonLog } from '#adapters/embedded/log.ts'
import { describeApi } from '#shared/api/openapi.ts'
import { ENDPOINTS } from '#shared/api/endpoints.ts'
import { statusEntry } from '#test/support/apt-evidence.ts'
import { CANARY, MACHINE_FILES } from '#test/support/fixture-machine.ts'
import { rpmListing } from '#test/support/rpm-evidence.ts'
import { RPM_MACHINE_FILES } from '#test/support/rpm-fixture-machine.ts'
import { openMisbehavingServer } from '#test/support/misbehaving-server.ts'
import type { MisbehavingServer } from '#test/support/misbehaving-server.ts'
import { stationWorld } from '#test/support/station-world.ts'
import type { StationWorld } from '#test/support/station-world.ts'
import { tarGzOf } from '#test/support/tar-builder.ts'
import { tellCount } from '#test/support/tell-count.ts'

/**
 * Secrets wherever a machine, a repository or a caller may leave one, sent by an importer that cuts nothing; everything that the API
 * can do, and everything that goes wrong. Then every byte that was stored, answered or logged is searched.
 */
let parent: string
let world: StationWorld
let server: MisbehavingServer
let fetcher: ReturnType<typeof openFetcher>
const answers: string[] = []
const logged: string[] = []
const tokens: string[] = []
const environment = { TMPDIR: process.env.TMPDIR, HOME: process.env.HOME, XDG_DATA_HOME: process.env.XDG_DATA_HOME }

beforeAll(async () => {
  // Nothing else writes here: what is found at the end was written by the station.
  parent = await mkdtemp(join(tmpdir(), 'lazaret-parent-'))
  for (const name of Object.keys(environment)) process.env[name] = parent
  server = await openMisbehavingServer()
  const log = openJsonLog((line) => void logged.push(line))
  fetcher = openFetcher({
    internalHosts: [server.host],
    ownSources: [],
    mirrors: [],
    log,
    resolve: async () => [],
    limits: { requestsPerSecond: 1000 },
  })
  world = await stationWorld({ fetcher, isRunning: true, settings: { refreshTimeoutSeconds: 2 } })
  serveSecrets()
  await drive()
}, 60_000)
afterAll(async () => {
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) Reflect.deleteProperty(process.env, name)
    else process.env[name] = value
  }
  fetcher.close()
  await world.close()
  await server.close()
  await rm(parent, { recursive: true, force: true })
})

describe('secrets', () => {
  it('are found where they were planted, or nothing below would prove anything', () => {
    const planted = Object.values(filesOfMachine()).filter((content) => Buffer.from(content).includes(CANARY))

    expect(planted.length).toBeGreaterThanOrEqual(14)
    expect(answers[0]).toContain('"changed":true')
    expect(server.requests.filter(({ path }) => path.startsWith('/redirects/')).length).toBeGreaterThan(0)
    expect(answers.length).toBeGreaterThan(60)
  })

  it('are planted in an rpm machine too, whose repositories are asked and whose answers are known', () => {
    const planted = Object.values(filesOfRpmMachine()).filter((content) => Buffer.from(content).includes(CANARY))
    const asked = server.requests.filter(({ path }) => path.startsWith('/rpm/'))
    const rpm = answers.filter((answer) => answer.includes('"rpm1"'))

    expect(planted.length).toBeGreaterThanOrEqual(12)
    expect(new Set(asked.map(({ path }) => path.split('?')[0]))).toEqual(
      new Set(
        ['plain', 'list', 'tokens', 'user', 'query', 'bodies', 'cut', 'entitled'].map((name) => expectedPath(name)),
      ),
    )
    expect(rpm.length).toBeGreaterThan(3)
  })

  it('are in no file of the data folder and in no object, packed or not', async () => {
    const stored = await storedTexts()
    const hits = stored.filter(({ text }) => holdsSecret(text)).map(({ name }) => name)
    tellCount('files and objects', { searched: stored.length, hits: hits.length })

    expect(stored.some(({ name }) => name.endsWith('lazaret.sqlite'))).toBe(true)
    expect(stored.some(({ name }) => name.endsWith('lazaret.sqlite-wal'))).toBe(true)
    expect(hits).toEqual([])
  })

  it('are in no answer and in no line of the log', () => {
    const lines = [...logged, ...world.logged]
    const hits = [...answers, ...lines].filter(holdsSecret)
    tellCount('answers and log lines', { answers: answers.length, lines: lines.length, hits: hits.length })

    expect(lines.length).toBeGreaterThan(20)
    expect(hits).toEqual([])
  })

  it('went to no repository: no user, no password, no query', () => {
    const sent = server.requests.map(({ path, headers }) => `${path} ${JSON.stringify(headers)}`)

    expect(sent.length).toBeGreaterThan(5)
    expect(sent.filter((text) => holdsSecret(text) || /authorization|proxy/i.test(text))).toEqual([])
  })

  it('and everything else of the station lie in its data folder: nothing is written beside it', async () => {
    const beside = (await readdir(parent, { recursive: true })).filter(
      (path) => !join(parent, path).startsWith(world.folder),
    )

    expect(relative(parent, world.folder)).toMatch(/^lazaret-world-\w+$/)
    expect(beside).toEqual([])
  })
})

function holdsSecret(text: string): boolean {
  return text.includes(CANARY) || tokens.some((token) => text.includes(token)) || text.includes(world.admin)
}

function filesOfMachine(): Record<string, string | Uint8Array> {
  const { origin } = server
  const withUser = origin.replace('://', `://user:${CANARY}@`)
  return {
    ...MACHINE_FILES,
    'var/lib/dpkg/status': statusEntry({}),
    'etc/apt/sources.list.d/urls.list': [
      `deb [trusted=yes] ${withUser}/plain stable main`,
      `deb [trusted=yes] ${withUser}/redirects/user stable main`,
      `deb [trusted=yes] ${origin}/redirects/query?token=${CANARY} stable main`,
      `deb [trusted=yes] ${origin}/bodies stable main`,
      `deb [trusted=yes] ${origin}/cut stable main`,
      `deb [trusted=yes] https://${CANARY}@mirror.example.org/ stable main`,
      `deb [trusted=yes] https://:${CANARY}@mirror.example.org/b stable main`,
      `deb [trusted=yes] http://a:b:${CANARY}@mirror.example.org/c stable main`,
      `deb [trusted=yes] http://a@b:${CANARY}@mirror.example.org/d stable main`,
      `deb [trusted=yes] HTTP://U:${CANARY}@mirror.example.org/e stable main`,
      `deb [trusted=yes] mirror+http://u:${CANARY}@mirror.example.org/f stable main`,
      `deb [trusted=yes] ssh://u:${CANARY}@mirror.example.org/g stable main`,
      `deb [trusted=yes] ${origin}/h http://u:${CANARY}@mirror.example.org/ main`,
      `deb [trusted=yes] ${origin}/i stable http://u:${CANARY}@mirror.example.org/`,
      '',
    ].join('\n'),
    'etc/apt/sources.list.d/broken.list': `deb [x=http://u:${CANARY}@h http://u:${CANARY}@mirror.example.org/\nnot a line http://u:${CANARY}@h\n`,
    'etc/apt/sources.list.d/broken.sources': `Types: deb\nURIs: http://u:${CANARY}@h\nSuites: http://u:${CANARY}@h\nSigned-By: http://u:${CANARY}@h\nnot a field http://u:${CANARY}@h\n`,
    'etc/apt/preferences.d/broken': `Package: http://u:${CANARY}@h\nPin: http://u:${CANARY}@h\nPin-Priority: http://u:${CANARY}@h\n`,
    'etc/apt/apt.conf.d/90more': [
      `Acquire::http::Proxy::mirror.example.org "http://u:${CANARY}@proxy.example.org:3128";`,
      `Acquire::https { Proxy "https://u:${CANARY}@proxy.example.org"; };`,
      `APT::Default-Release "http://u:${CANARY}@h";`,
      `APT::Machine-ID "http://u:${CANARY}@h";`,
      `#include "http://u:${CANARY}@h";`,
      `Dir::Etc::sourcelist "http://u:${CANARY}@h";`,
      `not a setting http://u:${CANARY}@h`,
      '',
    ].join('\n'),
    'etc/apt/keyrings/secret-armoured.gpg': `-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n${CANARY}\n-----END PGP PRIVATE KEY BLOCK-----\n`,
    'etc/apt/sources.list.d/inline.sources': `Types: deb\nURIs: ${origin}/plain2\nSuites: stable\nComponents: main\nSigned-By:\n -----BEGIN PGP PRIVATE KEY BLOCK-----\n .\n ${CANARY}\n -----END PGP PRIVATE KEY BLOCK-----\n`,
  }
}

/** Passwords, tokens and keys in every file that dnf, yum and zypper read, and in those that they name. */
function filesOfRpmMachine(): Record<string, string | Uint8Array> {
  const { origin } = server
  const withUser = origin.replace('://', `://user:${CANARY}@`)
  const repository = (id: string, ...lines: readonly string[]) => `[${id}]\nname=${id}\n${lines.join('\n')}\n`
  return {
    ...RPM_MACHINE_FILES,
    'lazaret/rpm-packages': rpmListing(['hello 1.0-1', 'dnf 4.14.0-9 noarch']),
    'lazaret/uname': '5.14.0-427.el9.x86_64\nx86_64\n',
    'etc/yum.repos.d/urls.repo': [
      repository('plain', `baseurl=${withUser}/rpm/plain/`, 'username=u', `password=${CANARY}`),
      repository('user', `baseurl=${withUser}/rpm/user/`, `proxy=http://u:${CANARY}@proxy.example.org`),
      repository('query', `baseurl=${origin}/rpm/query/?token=${CANARY}`, `proxy_password=${CANARY}`),
      repository('listed', `mirrorlist=${withUser}/rpm/list/mirrors?repo=x&arch=x86_64`),
      repository('tokens', `mirrorlist=${withUser}/rpm/tokens/mirrors?repo=x&token=${CANARY}`),
      repository('bodies', `baseurl=${origin}/rpm/bodies/`, 'sslclientcert=/etc/pki/entitlement/1.pem'),
      repository('cut', `baseurl=${origin}/rpm/cut/`, 'password:', `  ${CANARY}`),
      repository('entitled', `baseurl=${origin}/rpm/entitled/`, `sslcacert=https://u:${CANARY}@mirror.example.org/ca`),
      repository('key', `baseurl=ssh://u:${CANARY}@h/`, `gpgkey=https://u:${CANARY}@mirror.example.org/key?${CANARY}`),
    ].join('\n'),
    'etc/yum.repos.d/broken.repo': `[x\nbaseurl http://u:${CANARY}@h\n= http://u:${CANARY}@h\n`,
    'etc/zypp/services.d/SCC.service': `[SCC]\nurl=https://u:${CANARY}@mirror.example.org/?credentials=SCC&token=${CANARY}\n`,
    'etc/zypp/locks': `solvable_name: http://u:${CANARY}@h\nnot a line http://u:${CANARY}@h\n`,
    'etc/dnf/plugins/spacewalk.conf': `[main]\npassword=${CANARY}\n`,
    'etc/dnf/modules.d/broken.module': `[http://u:${CANARY}@h\nstate=http://u:${CANARY}@h\n`,
    'etc/dnf/versionlock.toml': `version = "http://u:${CANARY}@h"\n`,
    'etc/pki/rpm-gpg/secret': `-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n${CANARY}\n-----END PGP PRIVATE KEY BLOCK-----\n`,
  }
}

/** Without what no machine is made of. */
const BROKEN_RPM_LEFT_OUT = {
  'etc/yum.repos.d/broken.repo': '',
  'etc/dnf/modules.d/broken.module': '',
  'etc/zypp/locks': '',
}

/** What is asked of the server for the repository of that name. */
function expectedPath(name: string): string {
  return ['list', 'tokens'].includes(name) ? `/rpm/${name}/mirrors` : `/rpm/${name}/repodata/repomd.xml`
}

/** Servers that send people to addresses with secrets in them, and write secrets into everything that nobody should repeat. */
function serveSecrets(): void {
  const headers = { 'set-cookie': CANARY, 'www-authenticate': `Basic realm="${CANARY}"`, etag: `"${CANARY}` }
  const redirects = [
    ['/redirects/user', `http://user:${CANARY}@127.0.0.1:9/x`],
    ['/redirects/query', `http://127.0.0.1:9/x?X-Signature=${CANARY}`],
  ] as const
  for (const file of [
    'InRelease',
    'Release',
    'Release.gpg',
    'main/binary-amd64/Packages',
    'main/binary-amd64/Packages.gz',
  ]) {
    for (const [path, to] of redirects) server.set(`${path}/dists/stable/${file}`, { kind: 'redirect', to })
    server.set(`/bodies/dists/stable/${file}`, { kind: 'status', status: 401, body: CANARY, headers })
    server.set(`/cut/dists/stable/${file}`, { kind: 'raw', bytes: Buffer.from(`HTTP/1.1 999 ${CANARY}\r\n${CANARY}`) })
  }
  for (const [path, to] of redirects) server.set(expectedPath(path.split('/').at(-1) ?? ''), { kind: 'redirect', to })
  server.set(expectedPath('bodies'), { kind: 'status', status: 401, body: CANARY, headers })
  server.set(expectedPath('cut'), { kind: 'raw', bytes: Buffer.from(`HTTP/1.1 999 ${CANARY}\r\n${CANARY}`) })
  const mirrors = Buffer.from(`# ${CANARY}\nhttp://u:${CANARY}@127.0.0.1:9/mirror/\nnot a mirror ${CANARY}\n`)
  server.set(`${expectedPath('list')}?repo=x&arch=x86_64`, { kind: 'serve', body: mirrors })
  const damaged = `<?xml version="1.0"?><repomd><data type="primary"><location href="http://u:${CANARY}@h/"/>${CANARY}`
  server.set(expectedPath('plain'), { kind: 'serve', body: Buffer.from(damaged) })
}

/** Everything that the API knows, as it is meant and as it is not. */
async function drive(): Promise<void> {
  const send = async (members: Readonly<Record<string, string | Uint8Array>>, name = 'web1', text = false) => {
    const body = tarGzOf(Object.entries(members).map(([path, data]) => ({ name: path, data })))
    const headers = { 'content-type': 'application/gzip', ...(text ? { accept: 'text/plain' } : {}) }
    await keep(world.ask('PUT', `/v1/machines/${name}/evidence`, { body, headers }))
  }
  for (const role of ['owner', 'importer', 'gate', 'admin'] as const) {
    tokens.push(await world.token(role, role === 'importer' ? { machine: 'web1' } : { owner: 'alice' }))
  }
  await send(filesOfMachine())
  await send(filesOfMachine(), 'web1', true)
  await send({ ...filesOfMachine(), 'etc/apt/sources.list.d/broken.list': '', 'etc/apt/apt.conf.d/90more': '' }, 'web2')
  await send({ 'var/lib/dpkg/status': `Package: ${CANARY.toUpperCase()} http://u:${CANARY}@h\n` }, 'web3')
  await send(filesOfRpmMachine(), 'rpm1')
  await send({ ...filesOfRpmMachine(), ...BROKEN_RPM_LEFT_OUT }, 'rpm1')
  await send({ ...filesOfRpmMachine(), 'lazaret/rpm-packages': `${CANARY} http://u:${CANARY}@h\n` }, 'rpm2')
  await world.workAll()
  await keep(world.ask('POST', '/v1/refresh', { json: { force: true } }))
  for (const name of ['web1', 'web2', 'rpm1']) {
    for (const path of ['', '/updates', '/verdict', '/why']) await keep(world.ask('GET', `/v1/machines/${name}${path}`))
    await keep(world.ask('POST', '/v1/checks', { json: { machine: name, force: true } }))
  }
  await world.workAll()
  await damage()
  await callEveryRoute()
  await world.workAll()
}

/** A damaged store is told of too, in the log above all. */
async function damage(): Promise<void> {
  const { objects } = world.station
  for await (const key of objects.list('keyrings/')) await objects.put(key, Buffer.from('gone bad'))
  await keep(world.ask('POST', '/v1/refresh', { json: { force: true } }))
  await world.workAll()
  await keep(world.ask('GET', '/v1/machines/web1/updates'))
}

async function callEveryRoute(): Promise<void> {
  const paths = Object.keys(describeApi(ENDPOINTS).paths as Record<string, unknown>)
  const wrong = [`Basic ${CANARY}`, `Bearer ${CANARY}`, `Bearer ${tokens[0]}x`, CANARY]
  for (const path of paths) {
    const filled = path.replaceAll(/\{[a-z]+\}/g, 'web1')
    for (const method of ['GET', 'POST', 'DELETE']) {
      if (method === 'DELETE' && filled === '/v1/machines/web1') continue
      const json = method === 'POST' ? { json: { machine: 'web1', secret: CANARY, owner: [CANARY] } } : {}
      await keep(world.ask(method, filled, { ...json, headers: { cookie: CANARY, 'x-api-key': CANARY } }))
      for (const authorization of wrong) await keep(world.ask(method, filled, { headers: { authorization } }))
    }
    await keep(world.ask('GET', `${filled}?token=${CANARY}&limit=${CANARY}&cursor=${CANARY}`))
  }
}

async function keep(response: Promise<Response>): Promise<void> {
  const answer = await response
  answers.push(`${JSON.stringify([...answer.headers])} ${await answer.text()}`)
}

/** Every file of the data folder as it lies there and, where it is packed, unpacked. */
async function storedTexts(): Promise<{ name: string; text: string }[]> {
  const found: { name: string; text: string }[] = []
  for (const entry of await readdir(world.folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue

    const name = join(entry.parentPath, entry.name)
    const bytes = await readFile(name)
    for (const unpacked of [bytes, ...unpack(bytes)]) found.push({ name, text: unpacked.toString('latin1') })
  }
  return found
}

function unpack(bytes: Buffer): Buffer[] {
  return [gunzipSync, brotliDecompressSync].flatMap((decompress) => {
    try {
      return [decompress(bytes)]
    } catch {
      return []
    }
  })
}
