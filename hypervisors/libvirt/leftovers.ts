import { Fault } from '#shared/domain/fault.ts'
import type { QuarantineIds } from '#shared/ports/hypervisor.ts'
import { METADATA_URI } from './describe-copy.ts'
import { copyOfVolume, deriveUuid, isOurs, requireUuid } from './names.ts'
import type { Virsh } from './virsh.ts'

const DISK_ROLE = /^disk\d{0,3}$/
const POOL_VOLUME = /^([A-Za-z0-9][A-Za-z0-9._-]{0,100})\/([^/]{1,200})$/

/** Copies of ours on this host, by their names: guests, networks and overlays, together or alone. */
export async function listCopies(
  virsh: Virsh,
  pool: string,
  prefix: string,
): Promise<readonly { readonly name: string; readonly things: QuarantineIds }[]> {
  const copies = new Map<string, Record<string, string>>()
  const add = (name: string, role: string, id: string) => {
    if (isOurs(name) && name.startsWith(prefix)) copies.set(name, { ...copies.get(name), [role]: id })
  }
  for (const name of lines(await virsh.run(['list', '--all', '--name']))) add(name, 'guest', deriveUuid('guest', name))
  for (const name of lines(await virsh.run(['net-list', '--all', '--name'])))
    add(name, 'network', deriveUuid('network', name))

  for (const row of await listVolumes(virsh, pool)) {
    const volume = row.split(/\s+/)[0] ?? ''
    const name = copyOfVolume(volume)
    if (name === null) continue
    const others = Object.keys(copies.get(name) ?? {}).filter((role) => DISK_ROLE.test(role)).length
    add(name, others === 0 ? 'disk' : `disk${others + 1}`, `${pool}/${volume}`)
  }
  return [...copies].map(([name, things]) => ({ name, things }))
}

/** A host without the pool has no copies. */
async function listVolumes(virsh: Virsh, pool: string): Promise<readonly string[]> {
  const refreshed = await virsh.ask(['pool-refresh', '--pool', pool])
  if (refreshed.status === 'absent') return []
  return lines(await virsh.run(['vol-list', '--pool', pool]))
}

/**
 * Removes a copy by its ids: the guest, its disks, its network. What is not there counts as removed.
 * @throws Fault `hypervisor_refused` for things that are not ours: nothing is done to them
 */
export async function removeCopy(virsh: Virsh, things: QuarantineIds): Promise<void> {
  const { guest, network } = things
  if (guest !== undefined) await removeGuest(virsh, requireUuid(guest))
  for (const [role, id] of Object.entries(things)) if (DISK_ROLE.test(role)) await removeVolume(virsh, id)
  if (network !== undefined) await removeNetwork(virsh, requireUuid(network))
}

async function removeGuest(virsh: Virsh, guest: string): Promise<void> {
  const name = await virsh.ask(['domname', '--domain', guest])
  if (name.status === 'absent') return

  const mark = await virsh.ask(['metadata', '--domain', guest, '--uri', METADATA_URI])
  if (mark.status === 'absent') return
  if (name.status !== 'done' || !isOurs(name.text.trim()) || mark.status !== 'done') throw notOurs(guest)

  const destroyed = await virsh.ask(['destroy', '--domain', guest])
  if (destroyed.status === 'refused' && (await virsh.run(['domstate', '--domain', guest])).trim() !== 'shut off') {
    throw new Fault('hypervisor_refused', `libvirt does not stop a copy: ${destroyed.message}`)
  }
  const whole = await virsh.ask(['undefine', '--domain', guest, '--managed-save', '--snapshots-metadata', '--nvram'])
  if (whole.status !== 'refused') return

  // Drivers other than that of QEMU know fewer of these options.
  const plain = await virsh.ask(['undefine', '--domain', guest])
  if (plain.status === 'refused') {
    throw new Fault('hypervisor_refused', `libvirt does not remove a copy: ${whole.message}`)
  }
}

async function removeVolume(virsh: Virsh, id: string): Promise<void> {
  const [, pool = '', volume = ''] = POOL_VOLUME.exec(id) ?? []
  if (copyOfVolume(volume) === null) throw notOurs(id)

  const answer = await virsh.ask(['vol-delete', '--pool', pool, '--vol', volume])
  if (answer.status === 'refused') {
    throw new Fault('hypervisor_refused', `libvirt does not remove the disk of a copy: ${answer.message}`)
  }
}

async function removeNetwork(virsh: Virsh, network: string): Promise<void> {
  const name = await virsh.ask(['net-name', '--network', network])
  if (name.status === 'absent') return
  if (name.status !== 'done' || !isOurs(name.text.trim())) throw notOurs(network)

  const answer = await virsh.ask(['net-destroy', '--network', network])
  if (answer.status === 'refused') {
    throw new Fault('hypervisor_refused', `libvirt does not remove the network of a copy: ${answer.message}`)
  }
}

function notOurs(id: string): Fault {
  return new Fault('hypervisor_refused', `${JSON.stringify(id.slice(0, 200))} is not part of a copy: it is left alone.`)
}

function lines(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
}
