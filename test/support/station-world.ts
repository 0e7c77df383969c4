import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedData } from '#adapters/embedded/data-folder.ts'
import { openJsonLog } from '#adapters/embedded/log.ts'
import { readAnyReport } from '#scanners/detect-report.ts'
import { createApi } from '#shared/api/app.ts'
import type { Api } from '#shared/api/app.ts'
import type { RateLimits } from '#shared/api/endpoint.ts'
import { packEvidence } from '#shared/domain/evidence-archive.ts'
import { Fault } from '#shared/domain/fault.ts'
import { ScanSettings } from '#shared/domain/scan/settings.ts'
import { CheckSettings } from '#shared/domain/settings.ts'
import type { Fetcher, FetchRequest, FetchResponse } from '#shared/ports/fetcher.ts'
import type { Scanning } from '#shared/ports/scanning.ts'
import { LANES } from '#shared/ports/job-queue.ts'
import type { Lane } from '#shared/ports/job-queue.ts'
import { openCheckCache } from '#shared/usecases/check-cache.ts'
import { issueToken } from '#shared/usecases/manage-tokens.ts'
import type { Station } from '#shared/usecases/needs.ts'
import { workJob } from '#shared/usecases/work-job.ts'
import { evidenceOf, statusEntry } from './apt-evidence.ts'
import { describePackage, makeArchive } from './hostile-repositories/archive.ts'
import { makeTestKeys } from './hostile-repositories/signing.ts'
import type { TestKeys } from './hostile-repositories/signing.ts'

/** Linux keeps it in memory. */
const MEMORY = '/dev/shm'

export const MIRROR = 'http://mirror.example.org/debian'

/** A whole station in a folder of its own: real data, real rules; only time and the outside are the test's. */
export interface StationWorld {
  readonly station: Station
  readonly api: Api
  readonly folder: string
  /** The secret of a token with everything. */
  readonly admin: string
  /** Every line that was logged. */
  readonly logged: string[]
  /** What the outside answers, by URL; anything else is 404. */
  readonly outside: Map<string, Uint8Array>
  readonly keyring: Uint8Array
  /** The archive keys; the machines of `register` trust the first. */
  readonly keys: TestKeys
  token(role: 'owner' | 'importer' | 'gate' | 'admin', more?: { owner?: string; machine?: string }): Promise<string>
  /** Moves the clock on. */
  pass(seconds: number): void
  /** Sends one request; a token as text, a body as bytes or JSON. */
  ask(method: string, path: string, how?: Asking): Promise<Response>
  /** Registers a machine as the administrator, or by another token. @returns its answer */
  register(name: string, how?: Registering): Promise<Response>
  /** Publishes these packages, each `name version`, in the archive that `register`'s machines use. */
  publish(packages: readonly string[]): Promise<void>
  /** As workers wait. */
  readonly waitForWork: (lane: Lane, ms: number) => Promise<void>
  /** Works until nothing waits. */
  workAll(): Promise<void>
  close(): Promise<void>
}

export interface Asking {
  readonly token?: string | null
  readonly json?: unknown
  readonly body?: Uint8Array | ReadableStream<Uint8Array>
  readonly headers?: Readonly<Record<string, string>>
}

export interface Registering {
  readonly token?: string
  /** Each `name version`. */
  readonly packages?: readonly string[]
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  readonly headers?: Readonly<Record<string, string>>
}

let sharedKeys: Promise<TestKeys> | undefined

export interface WorldOptions {
  readonly limits?: Partial<RateLimits>
  readonly settings?: Record<string, unknown>
  /** In place of `outside`. */
  readonly fetcher?: Fetcher
  /** Time goes on by itself, as servers in the same process need it; else it stands still. */
  readonly isRunning?: boolean
  /** Lines as the station writes them; else every field as it was handed to the log. */
  readonly log?: 'as-written'
  /** Data in memory where the system has a folder for that: quick, where a test is not about the disk. */
  readonly isQuick?: boolean
  /** Left out: no scanner and no hypervisor is configured. */
  readonly scanning?: Partial<Scanning>
}

export async function stationWorld(options: WorldOptions = {}): Promise<StationWorld> {
  const keys = await (sharedKeys ??= makeTestKeys(new Date()))
  const folder = await mkdtemp(
    join(options.isQuick === true && existsSync(MEMORY) ? MEMORY : tmpdir(), 'lazaret-world-'),
  )
  const still = Date.now()
  let passedMs = 0
  const clock = { now: () => new Date((options.isRunning === true ? Date.now() : still) + passedMs) }
  const logged: string[] = []
  const note = (level: string) => (event: string, fields?: object) =>
    void logged.push(JSON.stringify({ level, event, ...fields }))
  const raw = { info: note('info'), warn: note('warn'), error: note('error') }
  const log = options.log === undefined ? raw : openJsonLog((line) => void logged.push(line), clock)
  const data = await openEmbeddedData(folder, { clock, log })
  const outside = new Map<string, Uint8Array>()
  const station: Station = {
    objects: data.objects,
    table: data.table,
    queue: data.queue,
    fetcher: options.fetcher ?? serveFrom(outside),
    clock,
    log,
    settings: CheckSettings.parse(options.settings ?? {}),
    cache: openCheckCache(),
    scanning: {
      scanners: new Map(),
      hypervisors: [],
      prober: { answers: async () => true },
      settings: ScanSettings.parse({}),
      readReport: readAnyReport,
      ...options.scanning,
    },
  }
  const api = createApi(station, {
    importerScript: '#!/bin/sh\n',
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  })
  const admin = (await issueToken(station, { role: 'admin', label: 'test' })).secret

  const ask: StationWorld['ask'] = async (method, path, how = {}) => api.fetch(requestOf(method, path, how, admin))
  return {
    station,
    api,
    folder,
    admin,
    logged,
    outside,
    keyring: keys.keyring,
    keys,
    ask,
    token: async (role, more = {}) => (await issueToken(station, { role, label: 'test', ...more })).secret,
    pass: (seconds) => void (passedMs += seconds * 1000),
    register: (name, how = {}) =>
      ask('PUT', `/v1/machines/${name}/evidence`, {
        ...(how.token === undefined ? {} : { token: how.token }),
        body: archiveOf(how, keys.keyring),
        headers: { 'content-type': 'application/gzip', ...how.headers },
      }),
    publish: async (packages) => {
      const stanzas = packages.map((text) => {
        const [name = '', version = ''] = text.split(' ')
        return describePackage({ Package: name, Version: version, Filename: `pool/${name}.deb` })
      })
      const served = await makeArchive({ packages: Buffer.from(stanzas.join('')) }, keys, clock.now())
      for (const [path, behaviour] of served) {
        if (behaviour.kind === 'serve') outside.set(`${MIRROR}/dists/stable/${path}`, Buffer.from(behaviour.body))
      }
    },
    waitForWork: (lane, ms) => data.waitForWork(lane, ms),
    workAll: () => workAll(station),
    close: async () => {
      await data.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** `token` null: none is sent; left out: the administrator's. */
export function requestOf(method: string, path: string, how: Asking, admin: string): Request {
  const headers = new Headers(how.headers)
  const token = how.token === undefined ? admin : how.token
  if (token !== null && !headers.has('authorization')) headers.set('authorization', `Bearer ${token}`)
  if (how.json !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json')
  const body = how.json === undefined ? how.body : Buffer.from(JSON.stringify(how.json))
  return new Request(`http://station.example${path}`, {
    method,
    headers,
    ...(body === undefined
      ? {}
      : { body: body instanceof Uint8Array ? new Uint8Array(body) : body, duplex: 'half' as const }),
  })
}

/** A small Debian machine whose packages are `name version` each, and whose one source is the world's archive. */
export function archiveOf(how: Registering, keyring: Uint8Array): Uint8Array {
  const packages = how.packages ?? ['hello 1.0']
  const entries = packages.map((text) => {
    const [name = '', version = ''] = text.split(' ')
    return statusEntry({ Package: name, Version: version })
  })
  return packEvidence(
    evidenceOf({
      'var/lib/dpkg/status': entries.join(''),
      'var/lib/dpkg/arch': 'amd64\n',
      'etc/os-release': 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n',
      'etc/apt/keyrings/test.gpg': keyring,
      'etc/apt/sources.list': `deb [arch=amd64 signed-by=/etc/apt/keyrings/test.gpg] ${MIRROR} stable main\n`,
      ...how.files,
    }),
  )
}

function serveFrom(outside: ReadonlyMap<string, Uint8Array>): Fetcher {
  return {
    fetch: async (request: FetchRequest): Promise<FetchResponse> => {
      if (!/^https?:/.test(request.url)) throw new Fault('address_refused', `${request.url} is not fetched.`)
      const body = outside.get(request.url)
      if (outside.size === 0) throw new Fault('repository_unreachable', `${request.url} does not answer.`)
      return {
        url: request.url,
        status: body === undefined ? 404 : 200,
        headers: {},
        body: oneChunk(body ?? Buffer.from('not here')),
        cancel: async () => undefined,
      }
    },
  }
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function workAll(station: Station): Promise<void> {
  for (let isIdle = false; !isIdle;) {
    isIdle = true
    for (const lane of LANES) {
      for (const delivery of await station.queue.receive(lane, { max: 10, leaseSeconds: 60 })) {
        isIdle = false
        await workJob(station, delivery)
      }
    }
  }
}
