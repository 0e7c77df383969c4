/**
 * One configured hypervisor. Calls are small steps that may be repeated. Faults: `hypervisor_unreachable` (may work later),
 * `hypervisor_refused` (it never will).
 */
export interface Hypervisor {
  /** As configured: `rack1`. Unique in a station. */
  readonly id: string
  readonly kind: 'libvirt' | 'ec2' | 'none'

  /** null: it knows no such machine. */
  find(machine: string): Promise<Guest | null>
  start(guest: GuestId): Promise<void>
  /** Asks the guest to end by itself. */
  shutDown(guest: GuestId): Promise<void>
  /** Cuts its power. */
  stop(guest: GuestId): Promise<void>
  suspend(guest: GuestId): Promise<void>
  resume(guest: GuestId): Promise<void>
  /** @throws Fault `hypervisor_refused` where it cannot */
  migrate(guest: GuestId, target: string): Promise<void>

  /**
   * A copy of a machine that is switched off, in an isolated network, for a scan: never the original disk. Each thing that is made is
   * told by `made` before the next is begun, so that everything can be removed whatever happens. Repeated with the same name, it goes
   * on from what is there.
   */
  quarantine(guest: Guest, name: string, made: (things: QuarantineIds) => Promise<void>): Promise<QuarantineIds>
  /** Addresses of a running guest or copy, as far as they are known now. */
  listAddresses(guest: GuestId): Promise<readonly string[]>
  /** Removes all that belongs to a copy. Nothing there is success. */
  release(things: QuarantineIds): Promise<void>
  /** Copies of ours whose names begin so: what a crash may have left. */
  listLeftovers(prefix: string): Promise<readonly { readonly name: string; readonly things: QuarantineIds }[]>
}

/** The hypervisor's own id: a UUID, an instance id. Never a name. */
export type GuestId = string

export interface Guest {
  readonly id: GuestId
  readonly name: string
  readonly power: 'running' | 'off' | 'paused' | 'suspended'
  readonly addresses: readonly string[]
  readonly macs: readonly string[]
  readonly disks: readonly string[]
}

/** What a quarantine consists of, by role (`guest`, `disk`, `network`, `snapshot`, `volume`, `securityGroup`). */
export type QuarantineIds = Readonly<Record<string, string>>
