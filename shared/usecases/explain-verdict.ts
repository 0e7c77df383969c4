import { z } from 'zod'
import { explain } from '#shared/domain/explanation.ts'
import type { Explanation, Trouble } from '#shared/domain/explanation.ts'
import { parseMachineName } from '#shared/domain/machine.ts'
import { getPackageSystem } from '#shared/domain/packaging/index.ts'
import type { RepositoryState } from '#shared/domain/repository-state.ts'
import { judge } from '#shared/domain/verdict.ts'
import { askUpdates } from './ask-updates.ts'
import { loadSubject } from './check-subject.ts'
import type { Station } from './needs.ts'
import { findMachine, getRepositories } from './records.ts'

/**
 * The verdict on a machine in one sentence, with what it rests on and the command that mends it. @throws Fault `name_invalid`
 */
export async function explainVerdict(
  station: Station,
  rawName: string,
  options: { withinSeconds?: number } = {},
): Promise<Explanation> {
  const name = parseMachineName(rawName)
  const found = await findMachine(station.table, name)
  const report = found === null ? null : (await askUpdates(station, name, options)).report
  const { policy } = station.settings
  const verdict = judge({ name, machine: found?.value ?? null, report, policy, now: station.clock.now() })
  if (found === null) return explain({ verdict, report, troubles: [], problems: [], commands: null })

  const subject = await loadSubject(station, found.value.subject)
  const states = await getRepositories(station.table, subject.repositories)
  const commands = getPackageSystem(subject.packageSystem).commands(subject.policy)
  const troubles = states.flatMap((state, at) => troubleOf(state, subject.repositories[at]))
  return explain({ verdict, report, troubles, problems: subject.problems, commands })
}

/** Where a machine names a repository: a package system may say so, in a field of its own. */
const Placed = z.looseObject({ places: z.array(z.string()).catch([]) })

/** Only a repository without a good look, or without a good signature, stands in the way of anything. */
function troubleOf(state: RepositoryState, face: unknown): Trouble[] {
  const isUnverified = state.snapshot?.verification === 'trusted-by-option'
  if (state.failure === null && state.repository.unreachable === null && !isUnverified) return []

  const isPermanent = state.repository.unreachable !== null || state.failure?.status === 'refused'
  const places = Placed.safeParse(face).data?.places ?? []
  return [{ title: state.repository.title, isPermanent, places }]
}
