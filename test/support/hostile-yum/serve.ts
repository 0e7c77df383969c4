import type { TestKeys } from '../hostile-repositories/signing.ts'
import type { MisbehavingServer } from '../misbehaving-server.ts'
import { makeYumRepository } from './repository.ts'
import type { YumCase } from './yum-case.ts'

/** Where a case is served. */
export function placeOf(server: MisbehavingServer, one: YumCase): string {
  return `${server.origin}/${one.name}/`
}

/** Puts one stage of a case onto the server, in place of the stage before. */
export async function serveStage(
  server: MisbehavingServer,
  one: YumCase,
  stage: number,
  world: { keys: TestKeys; now: Date },
): Promise<void> {
  const plan = one.stages[stage]
  if (plan === undefined) throw new Error(`${one.name} has no stage ${stage}`)

  const repository = await makeYumRepository(plan, world.keys, world.now)
  const served = new Map<string, Uint8Array>()
  for (const [path, behaviour] of repository) if (behaviour.kind === 'serve') served.set(path, behaviour.body)
  server.removeAll(`/${one.name}/`)
  const all = [...repository, ...Object.entries(one.beside?.(placeOf(server, one), served) ?? {})]
  for (const [path, behaviour] of all) server.set(`/${one.name}/${path}`, behaviour)
}
