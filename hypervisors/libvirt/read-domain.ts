import { Fault } from '#shared/domain/fault.ts'
import { childrenOf, findElement, type XmlElement } from './xml.ts'

/** One disk that belongs to a machine; media that are put in (CD, floppy) do not. */
export interface DomainDisk {
  /** `vda`. */
  readonly target: string
  readonly kind: 'file' | 'block' | 'volume' | 'other'
  /** A path on the host, or `pool/volume`; '' for another kind. */
  readonly source: string
  /** `qcow2`, `raw`. libvirt itself takes a disk without a format for raw. */
  readonly format: string
  readonly element: XmlElement
}

export interface Domain {
  readonly macs: readonly string[]
  readonly disks: readonly DomainDisk[]
  readonly xml: XmlElement
}

const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/
const TARGET = /^[a-z][a-z0-9]{0,15}$/

/**
 * What a domain's XML says (formatdomain in libvirt's documentation).
 * @throws Fault `hypervisor_refused` for a document of another kind
 */
export function readDomain(xml: XmlElement, file: string): Domain {
  if (xml.name !== 'domain') throw new Fault('hypervisor_refused', `libvirt describes ${file} by no domain.`)

  const devices = findElement(xml, 'devices')
  const macs = childrenOf(devices, 'interface').flatMap((nic) => {
    const mac = findElement(nic, 'mac')?.attributes['address']?.toLowerCase() ?? ''
    return MAC.test(mac) ? [mac] : []
  })
  const disks = childrenOf(devices, 'disk')
    .filter(({ attributes }) => (attributes['device'] ?? 'disk') === 'disk')
    .map((disk) => readDisk(disk, file))
  return { macs, disks, xml }
}

function readDisk(disk: XmlElement, file: string): DomainDisk {
  const target = findElement(disk, 'target')?.attributes['dev'] ?? ''
  if (!TARGET.test(target)) throw new Fault('hypervisor_refused', `A disk of ${file} has no name that can be used.`)

  const source = findElement(disk, 'source')?.attributes ?? {}
  const format = findElement(disk, 'driver')?.attributes['type'] ?? 'raw'
  const type = disk.attributes['type'] ?? ''
  const told = { target, format, element: disk }
  if (type === 'file' && source['file'] !== undefined) return { ...told, kind: 'file', source: source['file'] }
  if (type === 'block' && source['dev'] !== undefined) return { ...told, kind: 'block', source: source['dev'] }
  const isVolume = type === 'volume' && source['pool'] !== undefined && source['volume'] !== undefined
  if (isVolume) return { ...told, kind: 'volume', source: `${source['pool']}/${source['volume']}` }
  return { ...told, kind: 'other', source: '' }
}
