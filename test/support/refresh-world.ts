import type { AptRepository, AptSnapshot } from '#shared/domain/packaging/apt/model.ts'
import { refreshAptRepository } from '#shared/domain/packaging/apt/refresh/refresh.ts'
import type { Download, DownloadRequest, RefreshOutcome, Snapshot } from '#shared/domain/packaging/package-system.ts'
import type { ArchiveKey } from './signed-archive.ts'

/** An archive that answers from memory, and everything else that a refresh needs. */
export interface RefreshWorld {
  /** What is served, by URL; a function answers for itself. */
  readonly served: Map<string, Uint8Array | ((request: DownloadRequest) => Download)>
  readonly requests: DownloadRequest[]
  readonly stored: Map<string, Uint8Array>
  now: Date
  previous: Snapshot | null
  acceptChanges: boolean
  /** Serves these files below a folder, in the place of all that was served there. */
  serve(files: ReadonlyMap<string, Uint8Array>, folder?: string): void
  refresh(repository?: AptRepository): Promise<RefreshOutcome>
  /** Refreshes and takes the snapshot on. @throws when there is none */
  refreshed(repository?: AptRepository): Promise<AptSnapshot>
}

export const FOLDER = 'http://mirror.example.org/debian/dists/bookworm/'

export function openRefreshWorld(keys: readonly ArchiveKey[]): RefreshWorld {
  const keyrings = new Map(keys.map((key) => [key.sha256, key.keyring]))
  const trusting = makeRepository({
    trust: { kind: 'keys', keyrings: keys.map((key) => key.sha256), fingerprints: [] },
  })
  const world: RefreshWorld = {
    served: new Map(),
    requests: [],
    stored: new Map(),
    now: new Date('2026-02-02T00:00:00Z'),
    previous: null,
    acceptChanges: false,
    serve(files, folder = FOLDER) {
      for (const url of world.served.keys()) if (url.startsWith(folder)) world.served.delete(url)
      for (const [path, bytes] of files) world.served.set(folder + path, bytes)
    },
    refresh: (repository = trusting) =>
      refreshAptRepository(repository, {
        previous: world.previous,
        now: world.now,
        acceptChanges: world.acceptChanges,
        download: async (request) => {
          world.requests.push(request)
          return answer(world, request)
        },
        keyring: async (name) => {
          const bytes = keyrings.get(name)
          if (bytes === undefined) throw new Error(`there is no keyring ${name}`)
          return bytes
        },
        hasList: async (key) => world.stored.has(key),
        writeList: async (key, bytes) => void world.stored.set(key, bytes),
      }),
    async refreshed(repository) {
      const outcome = await world.refresh(repository)
      if (!('snapshot' in outcome)) throw new Error(`refresh ended as ${outcome.status}: ${outcome.reason}`)

      world.previous = outcome.snapshot
      return outcome.snapshot as AptSnapshot
    },
  }
  return world
}

export function makeRepository(changes: Partial<AptRepository> = {}): AptRepository {
  return {
    id: 'repository-1',
    packageSystem: 'apt',
    title: 'http://mirror.example.org/debian bookworm [main] amd64',
    unreachable: null,
    uri: 'http://mirror.example.org/debian/',
    suite: 'bookworm',
    components: ['main'],
    architectures: ['amd64'],
    trust: { kind: 'always' },
    options: OPTIONS,
    places: ['etc/apt/sources.list:1'],
    ...changes,
  }
}

export const OPTIONS: AptRepository['options'] = {
  byHash: 'yes',
  checkValidUntil: true,
  checkDate: true,
  validUntilMinSeconds: null,
  validUntilMaxSeconds: null,
  dateMaxFutureSeconds: 10,
  allowInsecure: false,
  inReleasePath: null,
  include: [],
  exclude: [],
}

/** A complete answer. */
export function respond(
  status: number,
  body: Uint8Array | string = '',
  headers: Record<string, string> = {},
): Download {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  return {
    status,
    headers,
    body: (async function* () {
      if (bytes.length > 0) yield bytes
    })(),
    cancel: async () => undefined,
  }
}

function answer(world: RefreshWorld, request: DownloadRequest): Download {
  const found = world.served.get(request.url)
  if (found === undefined) return respond(404, 'not found')
  if (typeof found === 'function') return found(request)

  const etag = `"${found.length}-${Buffer.from(found).toString('latin1').length}-${sum(found)}"`
  return request.headers?.['if-none-match'] === etag ? respond(304) : respond(200, found, { etag })
}

function sum(bytes: Uint8Array): number {
  let total = 0
  for (const byte of bytes) total = (total * 31 + byte) % 1_000_000_007
  return total
}
