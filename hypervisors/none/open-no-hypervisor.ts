import { isIP } from 'node:net'
import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import type { Guest, Hypervisor } from '#shared/ports/hypervisor.ts'

const Address = z.string().refine((text) => isIP(text) !== 0, 'must be an IP address')

export const NoneConfig = z.strictObject({
  kind: z.literal('none'),
  id: z.string().regex(/^[a-z][a-z0-9-]{0,40}$/, 'must be small letters, digits and dashes'),
  /** Where each machine is, by its name. */
  machines: z.record(
    z.string().regex(/^[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?$/, 'must be the name of a machine'),
    z.array(Address).min(1).max(100),
  ),
})
export type NoneConfig = z.infer<typeof NoneConfig>

/**
 * Machines that somebody else starts and stops: always taken for running, at the addresses that the configuration says. All that would
 * change one is refused; of copies there are none.
 */
export function openNoHypervisor({ id, machines }: NoneConfig): Hypervisor {
  const guests = new Map(Object.entries(machines).map(([name, addresses]) => [`${id}/${name}`, { name, addresses }]))
  const find = (guest: string) => {
    const found = guests.get(guest)
    if (found === undefined) throw new Fault('hypervisor_refused', `The configuration names no guest ${quote(guest)}.`)
    return found
  }
  const refuse = async (guest: string): Promise<never> => {
    throw new Fault('hypervisor_refused', `Somebody else starts and stops ${find(guest).name}.`)
  }
  return {
    id,
    kind: 'none',
    find: async (machine): Promise<Guest | null> => {
      const found = guests.get(`${id}/${machine.toLowerCase()}`)
      if (found === undefined) return null
      const { name, addresses } = found
      return { id: `${id}/${name}`, name: machine, power: 'running', addresses, macs: [], disks: [] }
    },
    start: refuse,
    shutDown: refuse,
    stop: refuse,
    suspend: refuse,
    resume: refuse,
    migrate: refuse,
    quarantine: (guest) => refuse(guest.id),
    listAddresses: async (guest) => find(guest).addresses,
    release: async () => {},
    listLeftovers: async () => [],
  }
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80))
}
