import { createHash } from 'node:crypto'
import { Fault } from '#shared/domain/fault.ts'

/** All that is ours on a host is called so. What is called otherwise is never touched. */
const OURS = /^lazaret-[A-Za-z0-9][A-Za-z0-9._-]{0,140}$/
const VOLUME = /^(.{1,160})\.([a-z][a-z0-9]{0,15})\.qcow2$/
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** @throws Fault `hypervisor_refused` */
export function requireOurName(name: string): void {
  if (!isOurs(name)) throw new Fault('hypervisor_refused', 'A copy must have a name that begins with "lazaret-".')
}

export function isOurs(name: string): boolean {
  return OURS.test(name)
}

/** @throws Fault `hypervisor_refused` */
export function requireUuid(text: string): string {
  if (UUID.test(text)) return text
  throw new Fault('hypervisor_refused', `${JSON.stringify(text.slice(0, 80))} is not the id of a guest.`)
}

export function isUuid(text: string): boolean {
  return UUID.test(text)
}

/** The same for the same copy, so that a repeated step finds what it made before (RFC 9562, version 8). */
export function deriveUuid(kind: 'guest' | 'network', copy: string): string {
  const hex = digest(`${kind}\n${copy}`)
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}

/** A MAC address of QEMU's range, never the original's. */
export function deriveMac(copy: string, index: number): string {
  const hex = digest(`mac\n${index}\n${copy}`)
  return ['52', '54', '00', hex.slice(0, 2), hex.slice(2, 4), hex.slice(4, 6)].join(':')
}

export function deriveNumber(copy: string, below: number): number {
  return Number.parseInt(digest(`subnet\n${copy}`).slice(0, 8), 16) % below
}

export function volumeName(copy: string, target: string): string {
  return `${copy}.${target}.qcow2`
}

/** The copy that an overlay belongs to; null when it is not ours. */
export function copyOfVolume(volume: string): string | null {
  const copy = VOLUME.exec(volume)?.[1] ?? ''
  return isOurs(copy) ? copy : null
}

function digest(text: string): string {
  return createHash('sha256').update(`lazaret\n${text}`).digest('hex')
}
