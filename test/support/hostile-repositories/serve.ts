import type { MisbehavingServer } from '../misbehaving-server.ts'
import { makeArchive } from './archive.ts'
import type { HostileCase } from './hostile-case.ts'
import type { TestKeys } from './signing.ts'

/** Puts one stage of a case onto the server, below `/NAME/`, in place of the stage before. */
export async function serveStage(
  server: MisbehavingServer,
  one: HostileCase,
  stage: number,
  world: { keys: TestKeys; now: Date },
): Promise<void> {
  const plan = one.stages[stage]
  if (plan === undefined) throw new Error(`${one.name} has no stage ${stage}`)

  const archive = await makeArchive(plan, world.keys, world.now)
  server.removeAll(`/${one.name}/`)
  for (const [path, behaviour] of archive) server.set(`/${one.name}/dists/stable/${path}`, behaviour)
}
