import { createHash } from 'node:crypto'
import { openAptList } from '#shared/domain/packaging/apt/refresh/list-format.ts'
import type { AptRepository } from '#shared/domain/packaging/apt/model.ts'
import type { RefreshOutcome, Snapshot } from '#shared/domain/packaging/package-system.ts'
import type { Fetcher } from '#shared/ports/fetcher.ts'
import type { ObjectStore } from '#shared/ports/object-store.ts'
import { objectKeys } from '#shared/usecases/records.ts'
import { refreshOnce } from '#shared/usecases/refresh-repository.ts'
import type { MisbehavingServer } from '../misbehaving-server.ts'
import type { HostileCase, Verdict } from './hostile-case.ts'
import { serveStage } from './serve.ts'
import type { TestKeys } from './signing.ts'

export interface OurVerdict {
  readonly verdict: Verdict
  /** What is said to a person. */
  readonly said: readonly string[]
  /** Versions of `probe` that the snapshot offers; null where there is no snapshot. */
  readonly offered: readonly string[] | null
}

/** Plays a case against the product: each stage is one refresh, from the snapshot of the stage before. */
export async function askOurs(
  one: HostileCase,
  world: { server: MisbehavingServer; fetcher: Fetcher; keys: TestKeys; now: Date; timeoutSeconds: number },
): Promise<OurVerdict> {
  const objects = new Map<string, Uint8Array>()
  const keyring = createHash('sha256').update(world.keys.keyring).digest('hex')
  objects.set(objectKeys.keyring(keyring), world.keys.keyring)
  const repository = describeRepository(one, world.server.origin, keyring)

  let previous: Snapshot | null = null
  let outcome: RefreshOutcome = { status: 'refused', reason: 'never asked' }
  for (let stage = 0; stage < one.stages.length; stage += 1) {
    await serveStage(world.server, one, stage, world)
    outcome = await refreshOnce(
      { objects: storeOver(objects), fetcher: world.fetcher },
      // The moment itself: signatures are made at the moment too.
      { repository, previous, now: new Date(), timeoutSeconds: world.timeoutSeconds },
    )
    if ('snapshot' in outcome) previous = outcome.snapshot
  }
  return judge(outcome, objects)
}

function judge(outcome: RefreshOutcome, objects: ReadonlyMap<string, Uint8Array>): OurVerdict {
  if ('reason' in outcome) return { verdict: outcome.status, said: [outcome.reason], offered: null }

  const { gaps, warnings, verification, lists } = outcome.snapshot
  const offered = lists.flatMap(({ key }) => {
    const bytes = objects.get(key)
    return bytes === undefined
      ? []
      : openAptList(bytes)
          .find('probe')
          .map((offer) => offer.version)
  })
  const isMarked = warnings.length > 0 || verification !== 'verified'
  const verdict = gaps.length > 0 ? 'gap' : isMarked ? 'marked' : 'accepted'
  return { verdict, said: [...gaps, ...warnings], offered }
}

function describeRepository(one: HostileCase, origin: string, keyring: string): AptRepository {
  return {
    id: createHash('sha256').update(one.name).digest('hex'),
    packageSystem: 'apt',
    title: one.name,
    unreachable: null,
    uri: `${origin}/${one.name}/`,
    suite: 'stable',
    components: ['main'],
    architectures: ['amd64'],
    trust: one.isTrusted === true ? { kind: 'always' } : { kind: 'keys', keyrings: [keyring], fingerprints: [] },
    options: {
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
    },
    places: ['etc/apt/sources.list:1'],
  }
}

/** An object store over a map. */
export function storeOver(objects: Map<string, Uint8Array>): ObjectStore {
  return {
    get: async (key) => {
      const body = objects.get(key)
      return body === undefined ? null : { body, etag: key }
    },
    has: async (key) => objects.has(key),
    put: async (key, body) => {
      objects.set(key, body)
      return { etag: key }
    },
    delete: async (key) => void objects.delete(key),
    list: async function* (prefix) {
      yield* [...objects.keys()].filter((key) => key.startsWith(prefix)).toSorted()
    },
  }
}
