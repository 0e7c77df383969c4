import { Fault } from '#shared/domain/fault.ts'
import type { Guest, QuarantineIds } from '#shared/ports/hypervisor.ts'
import { describeDomain, describeNetwork, describeOverlay } from './describe-copy.ts'
import { deriveNumber, deriveUuid, requireOurName, requireUuid, volumeName } from './names.ts'
import { readDomain, type Domain, type DomainDisk } from './read-domain.ts'
import { countSubnets, pickSubnet } from './subnet.ts'
import type { Virsh } from './virsh.ts'
import { findElement, parseXml } from './xml.ts'

export interface QuarantineOptions {
  /** The storage pool for overlays: a folder of the host. */
  readonly pool: string
  /** Copies get networks of 8 addresses out of this one. */
  readonly network: string
}

type Made = (things: QuarantineIds) => Promise<void>
const SUBNET_TRIES = 20

/**
 * A copy that runs: a network of its own, overlays over the machine's disks, a guest. Ids follow from the name and are told before the
 * thing itself is made; what a death left behind is taken up.
 * @throws Fault `hypervisor_refused`, `hypervisor_unreachable`
 */
export async function makeQuarantine(
  virsh: Virsh,
  options: QuarantineOptions,
  of: { guest: Guest; name: string; made: Made },
): Promise<QuarantineIds> {
  const { guest, name } = of
  requireOurName(name)
  const original = requireUuid(guest.id)
  const domain = readDomain(parseXml(await virsh.run(['dumpxml', '--domain', original]), guest.name), guest.name)
  const disks = domain.disks.map((disk, index) => ({ disk, role: index === 0 ? 'disk' : `disk${index + 1}` }))
  if (disks.length === 0) throw new Fault('hypervisor_refused', `${guest.name} has no disk that could be copied.`)

  let ids: QuarantineIds = {}
  const tell = async (role: string, id: string) => {
    ids = { ...ids, [role]: id }
    await of.made(ids)
  }
  await tell('network', deriveUuid('network', name))
  await makeNetwork(virsh, options.network, name)

  const copy = deriveUuid('guest', name)
  const isDefined = (await virsh.ask(['domname', '--domain', copy])).status === 'done'
  const overlays = new Map<string, string>()
  for (const { disk, role } of disks) {
    await tell(role, `${options.pool}/${volumeName(name, disk.target)}`)
    if (!isDefined) overlays.set(disk.target, await makeOverlay(virsh, options.pool, { original, disk, name }))
  }

  await tell('guest', copy)
  if (!isDefined) await define(virsh, { domain, guest: original, name, overlays })
  await startCopy(virsh, copy)
  return ids
}

async function makeNetwork(virsh: Virsh, range: string, name: string): Promise<void> {
  const uuid = deriveUuid('network', name)
  const count = countSubnets(range)
  const first = deriveNumber(name, count)
  for (let tries = 0; ; tries += 1) {
    const there = await virsh.ask(['net-dumpxml', '--network', uuid])
    if (there.status === 'done') return requireIsolated(there.text, name)

    const document = describeNetwork(name, pickSubnet(range, (first + tries) % count))
    const answer = await virsh.ask(['net-create'], document)
    if (answer.status === 'done') continue
    const isTaken = /already in use/i.test(answer.message) && tries < Math.min(SUBNET_TRIES, count)
    if (!isTaken) throw new Fault('hypervisor_refused', `libvirt makes no isolated network: ${answer.message}`)
  }
}

function requireIsolated(text: string, name: string): void {
  const xml = parseXml(text, name)
  if (xml.name === 'network' && findElement(xml, 'forward') === null) return
  throw new Fault('hypervisor_refused', `The network ${name} is not isolated.`)
}

async function makeOverlay(
  virsh: Virsh,
  pool: string,
  of: { original: string; disk: DomainDisk; name: string },
): Promise<string> {
  const { original, disk, name } = of
  const volume = volumeName(name, disk.target)
  const path = await locate(virsh, disk, name)
  const information = await virsh.run(['domblkinfo', '--domain', original, '--device', disk.target])
  const bytes = /^Capacity:\s+(\d{1,19})$/m.exec(information)?.[1]
  if (bytes === undefined) throw new Fault('hypervisor_refused', `libvirt does not say how large ${disk.target} is.`)

  // One that nobody started from yet may have been cut while it was written.
  await virsh.ask(['vol-delete', '--pool', pool, '--vol', volume])
  const overlay = describeOverlay(volume, { path, format: disk.format, bytes })
  await virsh.run(['vol-create', '--pool', pool], overlay)
  return (await virsh.run(['vol-path', '--pool', pool, '--vol', volume])).trim()
}

async function locate(virsh: Virsh, disk: DomainDisk, name: string): Promise<string> {
  if (disk.kind === 'other') {
    throw new Fault(
      'hypervisor_refused',
      `${name}: the disk ${disk.target} is neither a file, a block device nor a volume.`,
    )
  }
  if (disk.kind !== 'volume') return disk.source

  const [pool = '', volume = ''] = disk.source.split('/')
  return (await virsh.run(['vol-path', `--pool=${pool}`, `--vol=${volume}`])).trim()
}

async function define(
  virsh: Virsh,
  of: { domain: Domain; guest: string; name: string; overlays: ReadonlyMap<string, string> },
): Promise<void> {
  await virsh.run(['define'], describeDomain(of))
}

async function startCopy(virsh: Virsh, copy: string): Promise<void> {
  const state = async () => (await virsh.run(['domstate', '--domain', copy])).trim()
  if ((await state()) !== 'shut off') return

  const answer = await virsh.ask(['start', '--domain', copy])
  if (answer.status !== 'done' && (await state()) === 'shut off') {
    throw new Fault('hypervisor_refused', `libvirt does not start the copy: ${answer.message}`)
  }
}
