import { isIP } from 'node:net'
import { Fault } from '#shared/domain/fault.ts'
import type { Virsh } from './virsh.ts'

/** Leases of libvirt's own networks, then what the guest's agent says; what the host has seen on the wire only where both know nothing. */
const SOURCES = [['lease', 'agent'], ['arp']] as const
const MAX_ADDRESSES = 100

/**
 * The addresses of a running guest as far as libvirt knows them now; those that only count on one machine or one wire are left out.
 * @throws Fault `hypervisor_unreachable`
 */
export async function readAddresses(virsh: Virsh, guest: string, macs: readonly string[]): Promise<readonly string[]> {
  for (const sources of SOURCES) {
    const found = new Set<string>()
    for (const source of sources) {
      const answer = await virsh.ask(['domifaddr', '--domain', guest, '--source', source, '--full'])
      if (answer.status === 'done') for (const address of parseAddresses(answer.text, macs)) found.add(address)
    }
    if (found.size > MAX_ADDRESSES) {
      throw new Fault('hypervisor_refused', `libvirt tells more than ${MAX_ADDRESSES} addresses of one guest.`)
    }
    if (found.size > 0) return [...found]
  }
  return []
}

/** Rows of `domifaddr`: name, MAC, protocol, address/prefix. */
export function parseAddresses(text: string, macs: readonly string[]): readonly string[] {
  return text.split('\n').flatMap((row) => {
    const [, mac = '', , told = ''] = row.trim().split(/\s+/)
    const address = told.split('/')[0] ?? ''
    return macs.includes(mac.toLowerCase()) && isUsable(address) ? [address] : []
  })
}

function isUsable(address: string): boolean {
  if (isIP(address) === 4) return !/^(?:127|0|169\.254|22[4-9]|23\d)\./.test(address)
  return isIP(address) === 6 && !/^(?:fe[89ab]|ff|::1?$)/i.test(address)
}
