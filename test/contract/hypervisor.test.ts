import { describe } from 'vitest'
import { openNoHypervisor } from '#hypervisors/none/open-no-hypervisor.ts'
import { lacksLibvirt, openLibvirt } from '#test/support/libvirt/open-libvirt.ts'
import { hypervisorContract } from './hypervisor.contract.ts'

const open = () => openNoHypervisor({ kind: 'none', id: 'by-hand', machines: { 'web-01': ['192.0.2.7'] } })
hypervisorContract('none', { changesPower: false, pauses: false, copies: false }, async () => ({
  hypervisor: open(),
  machine: 'web-01',
  reopen: open,
  close: async () => {},
}))

const lacking = lacksLibvirt()
describe.skipIf(lacking !== '')(`with a real libvirtd${lacking}`, () => {
  hypervisorContract('libvirt', { changesPower: true, pauses: true, copies: true }, async () => {
    const libvirt = await openLibvirt()
    libvirt.define('web-01')
    return {
      hypervisor: libvirt.open(),
      machine: 'web-01',
      reopen: () => libvirt.open(),
      close: () => libvirt.close(),
    }
  })
})
