import { Fault } from '#shared/domain/fault.ts'
import type { Guest, Hypervisor } from '#shared/ports/hypervisor.ts'
import { readAddresses } from './addresses.ts'
import { listCopies, removeCopy } from './leftovers.ts'
import { isUuid, requireUuid } from './names.ts'
import { readPower, resumeGuest, suspendGuest, turn } from './power.ts'
import { makeQuarantine, type QuarantineOptions } from './quarantine.ts'
import { readDomain, type Domain } from './read-domain.ts'
import { openVirsh, type Virsh, type VirshOptions } from './virsh.ts'
import { parseXml } from './xml.ts'

export interface LibvirtOptions extends VirshOptions, QuarantineOptions {
  readonly id: string
}

const MIGRATION_TARGET = /^[a-z]{2,20}(?:\+[a-z]{2,20})?:\/\/[A-Za-z0-9@:.[\]_-]{0,200}\/[a-z]{1,20}$/

/** QEMU and Xen hosts through libvirt. Guests are known by their UUIDs; machines by the names of their domains, upper case folded. */
export function openLibvirtHypervisor(options: LibvirtOptions): Hypervisor {
  const virsh = openVirsh(options)
  return {
    id: options.id,
    kind: 'libvirt',
    find: (machine) => find(virsh, machine),
    start: (guest) => turn(virsh, guest, ['start'], ['running']),
    shutDown: (guest) => turn(virsh, guest, ['shutdown'], ['off', 'suspended']),
    stop: (guest) => turn(virsh, guest, ['destroy'], ['off']),
    suspend: (guest) => suspendGuest(virsh, guest),
    resume: (guest) => resumeGuest(virsh, guest),
    migrate: async (guest, target) => {
      if (!MIGRATION_TARGET.test(target)) throw new Fault('hypervisor_refused', 'A guest migrates to a URI of libvirt.')
      const how = ['migrate', '--live', '--persistent', '--undefinesource']
      await virsh.run([...how, '--domain', requireUuid(guest), '--desturi', target])
    },
    quarantine: async (guest, name, made) => {
      const { power } = await readPower(virsh, guest.id)
      if (power !== 'off') throw new Fault('hypervisor_refused', `${guest.name} is not switched off: it is not copied.`)
      return makeQuarantine(virsh, options, { guest, name, made })
    },
    listAddresses: async (guest) => {
      const { power } = await readPower(virsh, guest)
      if (power !== 'running') return []
      const domain = await describe(virsh, guest)
      return domain === null ? [] : readAddresses(virsh, guest, domain.macs)
    },
    release: (things) => removeCopy(virsh, things),
    listLeftovers: (prefix) => listCopies(virsh, options.pool, prefix),
  }
}

async function find(virsh: Virsh, machine: string): Promise<Guest | null> {
  const id = await findId(virsh, machine)
  if (id === null) return null

  const { power } = await readPower(virsh, id)
  const domain = await describe(virsh, id)
  if (power === 'absent' || domain === null) return null
  const addresses = power === 'running' ? await readAddresses(virsh, id, domain.macs) : []
  const disks = domain.disks.map(({ source, target }) => (source === '' ? target : source))
  return { id, name: machine, power, addresses, macs: domain.macs, disks }
}

async function describe(virsh: Virsh, guest: string): Promise<Domain | null> {
  const answer = await virsh.ask(['dumpxml', '--domain', guest])
  if (answer.status === 'absent') return null
  if (answer.status === 'refused')
    throw new Fault('hypervisor_refused', `libvirt describes no guest: ${answer.message}`)
  return readDomain(parseXml(answer.text, guest), guest)
}

/** By the whole list: asked by name, libvirt takes a number for its own id, and a name may begin with a dash. */
async function findId(virsh: Virsh, machine: string): Promise<string | null> {
  const guests = (await virsh.run(['list', '--all', '--uuid', '--name'])).split('\n').flatMap((row) => {
    const id = row.trimStart().slice(0, 36)
    const name = row.trimStart().slice(37).trim()
    return isUuid(id) && name !== '' ? [{ id, name }] : []
  })
  const exact = guests.find(({ name }) => name === machine)
  if (exact !== undefined) return exact.id

  const folded = guests.filter(({ name }) => name.toLowerCase() === machine.toLowerCase())
  if (folded.length > 1) throw new Fault('hypervisor_refused', `${machine} is the name of several guests.`)
  return folded[0]?.id ?? null
}
