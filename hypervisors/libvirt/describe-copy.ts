import type { Domain, DomainDisk } from './read-domain.ts'
import { deriveMac, deriveUuid } from './names.ts'
import { SUBNET_MASK, type Subnet } from './subnet.ts'
import { childrenOf, element, findElement, writeXml, type XmlElement } from './xml.ts'

/** Marks what is ours beside the name: nothing without it is ever removed. */
export const METADATA_URI = 'urn:lazaret:copy:1'

/** What a machine computes with. All else reaches for the host: devices passed through, shared folders, channels, command lines. */
const KEPT = ['memory', 'currentMemory', 'vcpu', 'features', 'cpu', 'clock']
/** Where a variable store is the original's own, the copy gets a new one. */
const KEPT_OF_OS = ['type', 'loader', 'kernel', 'initrd', 'cmdline', 'bios', 'smbios', 'firmware', 'bootmenu']
const KEPT_OF_DISK = ['target', 'address', 'boot', 'serial', 'wwn', 'vendor', 'product']

/**
 * A network without a way out, without names, for one guest. The host has an address in it: scans come from there. The guest's first card
 * has an address kept for it, which the DHCP server gives without first looking for seconds whether somebody else has it.
 */
export function describeNetwork(name: string, subnet: Subnet): string {
  const range = element('range', { start: subnet.first, end: subnet.last })
  const kept = element('host', { mac: deriveMac(name, 0), ip: subnet.first })
  return writeXml(
    element('network', {}, [
      element('name', {}, name),
      element('uuid', {}, deriveUuid('network', name)),
      element('bridge', { stp: 'off', delay: '0' }),
      element('dns', { enable: 'no' }),
      element('ip', { address: subnet.host, netmask: SUBNET_MASK }, [element('dhcp', {}, [range, kept])]),
    ]),
  )
}

/** An empty disk over another one that is only read. */
export function describeOverlay(volume: string, base: { path: string; format: string; bytes: string }): string {
  const format = element('format', { type: 'qcow2' })
  return writeXml(
    element('volume', {}, [
      element('name', {}, volume),
      element('capacity', { unit: 'bytes' }, base.bytes),
      element('target', {}, [format]),
      element('backingStore', {}, [element('path', {}, base.path), element('format', { type: base.format })]),
    ]),
  )
}

export interface CopyOf {
  readonly domain: Domain
  /** The original's id. */
  readonly guest: string
  readonly name: string
  /** Of each disk's target: the overlay's path. */
  readonly overlays: ReadonlyMap<string, string>
}

/** The copy: what the machine computes with, its disks as overlays, its network cards with new addresses in the network of the copy. */
export function describeDomain({ domain, guest, name, overlays }: CopyOf): string {
  const { xml } = domain
  const mark = element('lazaret:copy', { 'xmlns:lazaret': METADATA_URI, of: guest })
  const devices = [
    ...childrenOf(findElement(xml, 'devices'), 'emulator'),
    ...childrenOf(findElement(xml, 'devices'), 'controller'),
    ...domain.disks.map((disk) => describeDisk(disk, overlays.get(disk.target) ?? '')),
    ...childrenOf(findElement(xml, 'devices'), 'interface').map((nic, index) => describeNic(nic, name, index)),
    element('serial', { type: 'null' }),
    ...childrenOf(findElement(xml, 'devices'), 'video')
      .slice(0, 1)
      .map(() => element('video', {}, [element('model', { type: 'vga' })])),
  ]
  return writeXml(
    element('domain', { type: xml.attributes['type'] ?? 'kvm' }, [
      element('name', {}, name),
      element('uuid', {}, deriveUuid('guest', name)),
      element('metadata', {}, [mark]),
      ...xml.children.filter((child) => KEPT.includes(child.name)),
      ...childrenOf(xml, 'os').map(describeOs),
      element('on_poweroff', {}, 'destroy'),
      element('on_crash', {}, 'destroy'),
      element('devices', {}, devices),
    ]),
  )
}

function describeOs(os: XmlElement): XmlElement {
  const kept = os.children.filter(({ name, attributes }) => {
    const isBootFromDisk = name === 'boot' && attributes['dev'] === 'hd'
    return KEPT_OF_OS.includes(name) || isBootFromDisk
  })
  const template = findElement(os, 'nvram')?.attributes['template']
  const store = template === undefined ? [] : [element('nvram', { template })]
  return { ...os, children: [...kept, ...store], text: '' }
}

function describeDisk(disk: DomainDisk, overlay: string): XmlElement {
  const kept = disk.element.children.filter(({ name }) => KEPT_OF_DISK.includes(name))
  // The overlay is thrown away: what is lost of it in a power cut is not missed.
  const driver = element('driver', { name: 'qemu', type: 'qcow2', cache: 'unsafe' })
  return element('disk', { type: 'file', device: 'disk' }, [driver, element('source', { file: overlay }), ...kept])
}

function describeNic(nic: XmlElement, name: string, index: number): XmlElement {
  return element('interface', { type: 'network' }, [
    element('mac', { address: deriveMac(name, index) }),
    element('source', { network: name }),
    ...childrenOf(nic, 'model'),
    ...childrenOf(nic, 'address'),
  ])
}
