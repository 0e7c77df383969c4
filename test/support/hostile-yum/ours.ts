import { createHash } from 'node:crypto'

import type { RefreshOutcome, Snapshot } from '#shared/domain/packaging/package-system.ts'
import type { RpmRepository } from '#shared/domain/packaging/rpm/model.ts'
import { openRpmList } from '#shared/domain/packaging/rpm/refresh/list-format.ts'
import type { Fetcher } from '#shared/ports/fetcher.ts'
import { objectKeys } from '#shared/usecases/records.ts'
import { refreshOnce } from '#shared/usecases/refresh-repository.ts'
import { type OurVerdict, storeOver } from '../hostile-repositories/ours.ts'
import type { TestKeys } from '../hostile-repositories/signing.ts'
import type { MisbehavingServer } from '../misbehaving-server.ts'
import { placeOf, serveStage } from './serve.ts'
import type { YumCase } from './yum-case.ts'

interface World {
  readonly server: MisbehavingServer
  readonly fetcher: Fetcher
  readonly keys: TestKeys
  readonly now: Date
  readonly timeoutSeconds: number
}

/** Plays a case against the product: each stage is one refresh, from the snapshot of the stage before. Timed is the last one. */
export async function askOurs(one: YumCase, world: World): Promise<OurVerdict & { readonly tookMs: number }> {
  const objects = new Map<string, Uint8Array>([[objectKeys.keyring(hashOf(world.keys.keyring)), world.keys.keyring]])
  const ports = { objects: storeOver(objects), fetcher: world.fetcher }
  const repository = describeRepository(one, world)
  let previous: Snapshot | null = null
  let tookMs = 0
  let outcome: RefreshOutcome = { status: 'refused', reason: 'never asked' }
  for (let stage = 0; stage < one.stages.length; stage += 1) {
    await serveStage(world.server, one, stage, world)
    const started = performance.now()
    // The moment itself: signatures are made at the moment too.
    const { timeoutSeconds } = world
    outcome = await refreshOnce(ports, { repository, previous, now: new Date(), timeoutSeconds })
    tookMs = performance.now() - started
    if ('snapshot' in outcome) previous = outcome.snapshot
  }
  return { ...judge(outcome, objects), tookMs }
}

function judge(outcome: RefreshOutcome, stored: ReadonlyMap<string, Uint8Array>): OurVerdict {
  if ('reason' in outcome) return { verdict: outcome.status, said: [outcome.reason], offered: null }

  const { gaps, warnings, verification, lists } = outcome.snapshot
  const offered = lists.flatMap(({ key }) => {
    const bytes = stored.get(key)
    return bytes === undefined
      ? []
      : openRpmList(bytes)
          .find('probe')
          .map(({ version }) => version)
  })
  const isMarked = warnings.length > 0 || verification !== 'verified'
  const verdict = gaps.length > 0 ? 'gap' : isMarked ? 'marked' : 'accepted'
  return { verdict, said: [...gaps, ...warnings], offered }
}

function describeRepository(one: YumCase, { server, keys }: World): RpmRepository {
  const place = placeOf(server, one)
  return {
    id: hashOf(Buffer.from(one.name)),
    packageSystem: 'rpm',
    title: one.name,
    unreachable: null,
    baseUrls: [place],
    mirrorList: null,
    metalink: null,
    demandsSignature: one.isUnsigned !== true,
    keyrings: [hashOf(keys.keyring)],
    needsEntitlement: false,
    ...one.source?.(place),
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
