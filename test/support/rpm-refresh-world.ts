import type { Download, DownloadRequest, RefreshOutcome, Snapshot } from '#shared/domain/packaging/package-system.ts'
import type { RpmList, RpmRepository, RpmSnapshot } from '#shared/domain/packaging/rpm/model.ts'
import { openRpmList } from '#shared/domain/packaging/rpm/refresh/list-format.ts'
import { refreshRpmRepository } from '#shared/domain/packaging/rpm/refresh/refresh.ts'
import { respond } from './refresh-world.ts'

/** Yum repositories that answer from memory, and everything else that a refresh needs. */
export interface RpmRefreshWorld {
  /** What is served, by URL; a function answers for itself. */
  readonly served: Map<string, Uint8Array | ((request: DownloadRequest) => Download)>
  readonly requests: DownloadRequest[]
  readonly stored: Map<string, Uint8Array>
  readonly keyrings: Map<string, Uint8Array>
  now: Date
  previous: Snapshot | null
  acceptChanges: boolean
  /** Serves these files (by path) below a folder, in the place of all that was served there. */
  serve(files: ReadonlyMap<string, Uint8Array>, folder?: string): void
  refresh(repository?: RpmRepository): Promise<RefreshOutcome>
  /** Refreshes and takes the snapshot on. @throws when there is none */
  refreshed(repository?: RpmRepository): Promise<RpmSnapshot>
  /** The list of the snapshot last taken. */
  list(): RpmList
}

export const YUM_FOLDER = 'https://mirror.example.org/rocky/9/baseos/'

export function openRpmRefreshWorld(): RpmRefreshWorld {
  const world: RpmRefreshWorld = {
    served: new Map(),
    requests: [],
    stored: new Map(),
    keyrings: new Map(),
    now: new Date('2026-11-25T00:00:00Z'),
    previous: null,
    acceptChanges: false,
    serve(files, folder = YUM_FOLDER) {
      for (const url of world.served.keys()) if (url.startsWith(folder)) world.served.delete(url)
      for (const [path, bytes] of files) world.served.set(folder + path, bytes)
    },
    refresh: (repository = makeRpmRepository()) =>
      refreshRpmRepository(repository, {
        previous: world.previous,
        now: world.now,
        acceptChanges: world.acceptChanges,
        download: async (request) => {
          world.requests.push(request)
          return answer(world, request)
        },
        keyring: async (name) => {
          const bytes = world.keyrings.get(name)
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
      return outcome.snapshot as RpmSnapshot
    },
    list() {
      const bytes = world.stored.get(world.previous?.lists[0]?.key ?? '')
      if (bytes === undefined) throw new Error('no list is stored')
      return openRpmList(bytes)
    },
  }
  return world
}

export function makeRpmRepository(changes: Partial<RpmRepository> = {}): RpmRepository {
  return {
    id: 'repository-1',
    packageSystem: 'rpm',
    title: `${YUM_FOLDER} [baseos]`,
    unreachable: null,
    baseUrls: [YUM_FOLDER],
    mirrorList: null,
    metalink: null,
    demandsSignature: false,
    keyrings: [],
    needsEntitlement: false,
    ...changes,
  }
}

function answer(world: RpmRefreshWorld, request: DownloadRequest): Download {
  const found = world.served.get(request.url)
  if (found === undefined) return respond(404, 'not found')
  if (typeof found === 'function') return found(request)

  const etag = `"${found.length}-${sum(found)}"`
  return request.headers?.['if-none-match'] === etag ? respond(304) : respond(200, found, { etag })
}

function sum(bytes: Uint8Array): number {
  let total = 0
  for (const byte of bytes) total = (total * 31 + byte) % 1_000_000_007
  return total
}
