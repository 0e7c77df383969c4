import { createHash } from 'node:crypto'

/** Everything of ours on a scanner or hypervisor begins so; then comes the scan's id, which begins with the station's. */
export const NAME_PREFIX = 'lazaret-'

/** What a scan on a scanner is called; unique by scan, machine, scanner and attempt. */
export function scanName(run: { scan: string; machine: string; scanner: string }, attempt: number): string {
  return `${scanNamePrefix(run)}${attempt}-${shortened(run.machine)}`
}

/** What the names of all attempts begin with. */
export function scanNamePrefix(run: { scan: string; machine: string; scanner: string }): string {
  return `${NAME_PREFIX}${run.scan}-${digest(`${run.scanner}\n${run.machine}`)}-`
}

/** What a quarantined copy is called. */
export function copyName(run: { scan: string; machine: string }): string {
  return `${NAME_PREFIX}${run.scan}-${digest(run.machine)}-${shortened(run.machine)}`
}

/** The scan that a name belongs to; null when it is not one of this station. */
export function scanOfName(name: string, station: string): string | null {
  const match = /^lazaret-([0-9a-f]{6}-[0-9a-z]{13})-[0-9a-f]{8}-/.exec(name)?.[1]
  return match?.startsWith(`${station}-`) === true ? match : null
}

const LAST_SECOND = 36 ** 7 - 1

/** A new scan's id: the station's, then the time backwards, so that the newest comes first in byte order, then chance (6 of 0-9a-f). */
export function makeScanId(station: string, now: Date, chance: string): string {
  const backwards = (LAST_SECOND - Math.floor(now.getTime() / 1000)).toString(36).padStart(7, '0')
  return `${station}-${backwards}${chance}`
}

function shortened(machine: string): string {
  return machine.slice(0, 40)
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}
