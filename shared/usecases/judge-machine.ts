import { parseMachineName } from '#shared/domain/machine.ts'
import { judge } from '#shared/domain/verdict.ts'
import type { ScannedMachine, Verdict } from '#shared/domain/verdict.ts'
import { askUpdates } from './ask-updates.ts'
import type { Station } from './needs.ts'
import { findMachine } from './records.ts'

/**
 * The verdict that a gate asks for before it starts a machine. A machine that nobody registered gets one too (`unregistered`), so
 * that a gate never takes an error for permission. `scanned`: what a scan says of it counts too. @throws Fault `name_invalid`
 */
export async function judgeMachine(
  station: Station,
  rawName: string,
  options: { withinSeconds?: number; scanned?: ScannedMachine } = {},
): Promise<Verdict> {
  const name = parseMachineName(rawName)
  const found = await findMachine(station.table, name)
  const report = found === null ? null : (await askUpdates(station, name, options)).report
  return judge({
    name,
    machine: found?.value ?? null,
    report,
    policy: station.settings.policy,
    now: station.clock.now(),
    ...(options.scanned !== undefined && { scan: options.scanned }),
  })
}
