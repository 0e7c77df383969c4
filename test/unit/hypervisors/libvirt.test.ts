import { describe, expect, it } from 'vitest'
import { HypervisorConfigs } from '#hypervisors/index.ts'
import { parseAddresses } from '#hypervisors/libvirt/addresses.ts'
import { withoutQuestions } from '#hypervisors/libvirt/config.ts'
import { describeDomain, describeNetwork } from '#hypervisors/libvirt/describe-copy.ts'
import { copyOfVolume, deriveMac, deriveUuid, isOurs, volumeName } from '#hypervisors/libvirt/names.ts'
import { readDomain } from '#hypervisors/libvirt/read-domain.ts'
import { countSubnets, pickSubnet } from '#hypervisors/libvirt/subnet.ts'
import { findElement, parseXml, writeXml } from '#hypervisors/libvirt/xml.ts'

const COPY = 'lazaret-c0ffee-0000000abcdef-12345678-web-01'
const ORIGINAL = `<domain type='kvm' id='3' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
<name>web-01</name><uuid>26e2ef0e-2d8f-4a20-8a43-d5b6ed3d8c41</uuid><memory unit='KiB'>131072</memory><vcpu>2</vcpu>
<os firmware='efi'><type arch='x86_64' machine='q35'>hvm</type><loader readonly='yes'>/fw.fd</loader>
<nvram template='/vars.fd'>/own/vars.fd</nvram><boot dev='network'/><boot dev='hd'/></os><seclabel type='static'/>
<devices><emulator>/usr/bin/qemu</emulator>
<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/images/a &amp; b.img'/><target dev='vda'/><serial>S1</serial></disk>
<disk type='block'><source dev='/dev/vg/data'/><target dev='vdb'/></disk>
<disk type='volume' device='disk'><driver type='qcow2'/><source pool='p' volume='v'/><target dev='vdc'/></disk>
<disk type='network' device='disk'><source protocol='rbd' name='x'/><target dev='vdd'/></disk>
<disk type='file' device='cdrom'><source file='/cd.iso'/><target dev='sda'/></disk>
<interface type='bridge'><mac address='52:54:00:AA:BB:CC'/><source bridge='br0'/><model type='virtio'/></interface>
<interface type='direct'><source dev='eth0'/></interface>
<hostdev mode='subsystem'/><filesystem type='mount'><source dir='/'/></filesystem><channel type='unix'/><graphics type='vnc'/>
<video><model type='qxl'/></video></devices>
<qemu:commandline><qemu:arg value='-x'/></qemu:commandline></domain>`

const codeOf = (work: () => unknown): unknown => {
  try {
    work()
    return 'none'
  } catch (error) {
    return error
  }
}

describe('what libvirt describes', () => {
  it('is read with its disks, but not its media, and its addresses', () => {
    const { macs, disks } = readDomain(parseXml(ORIGINAL, 'web-01'), 'web-01')

    expect(macs).toEqual(['52:54:00:aa:bb:cc'])
    expect(disks.map(({ target, kind, source, format }) => [target, kind, source, format])).toEqual([
      ['vda', 'file', '/images/a & b.img', 'raw'],
      ['vdb', 'block', '/dev/vg/data', 'raw'],
      ['vdc', 'volume', 'p/v', 'qcow2'],
      ['vdd', 'other', '', 'raw'],
    ])
  })

  it.each([
    '',
    '<domain>',
    '<domain></network>',
    '<!DOCTYPE domain [<!ENTITY a "b">]><domain>&a;</domain>',
    '<domain>&unknown;</domain>',
    '<a>'.repeat(100) + '</a>'.repeat(100),
    `<domain>${'<a/>'.repeat(60_000)}</domain>`,
    `<domain>${'x'.repeat(5_000_000)}</domain>`,
    '<network/>',
    "<domain><devices><disk type='file'><source file='/x'/><target dev='../x'/></disk></devices></domain>",
  ])('is refused where it is broken, abusive or something else (%#)', (text) => {
    expect(codeOf(() => readDomain(parseXml(text, 'web-01'), 'web-01'))).toMatchObject({ code: 'hypervisor_refused' })
  })

  it('pollutes no prototype', () => {
    const parsed = parseXml(`<domain __proto__="x" constructor="y"><__proto__ polluted="yes"/></domain>`, 'web-01')

    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(findElement(parsed, 'toString')).toBeNull()
    expect(Object.getPrototypeOf(parsed.attributes)).toBeNull()
  })
})

describe('a copy', () => {
  const overlays = new Map(['vda', 'vdb', 'vdc', 'vdd'].map((target) => [target, `/pool/${target} & <x>`]))
  const domain = readDomain(parseXml(ORIGINAL, 'web-01'), 'web-01')
  const text = describeDomain({ domain, guest: 'g', name: COPY, overlays })
  const copy = readDomain(parseXml(text, COPY), COPY)

  it('computes with what the machine has', () => {
    expect(findElement(copy.xml, 'memory')?.text).toBe('131072')
    expect(findElement(copy.xml, 'vcpu')?.text).toBe('2')
    expect(copy.xml.attributes['type']).toBe('kvm')
    expect(findElement(copy.xml, 'os', 'loader')?.text).toBe('/fw.fd')
  })

  it('reaches for none of the disks, networks and devices of the machine or its host', () => {
    for (const secret of [
      'a &amp; b.img',
      '/dev/vg',
      '/own/vars.fd',
      'br0',
      'eth0',
      'aa:bb:cc',
      'hostdev',
      'filesystem',
    ])
      expect({ secret, isThere: text.toLowerCase().includes(secret) }).toEqual({ secret, isThere: false })
    for (const secret of ['channel', 'graphics', 'qemu:', 'seclabel', 'cdrom', 'rbd', "dev='network'", '26e2ef0e'])
      expect({ secret, isThere: text.includes(secret) }).toEqual({ secret, isThere: false })
    expect(copy.disks.map(({ source, format }) => [source, format])).toEqual(
      [...overlays.values()].map((path) => [path, 'qcow2']),
    )
  })

  it('has cards of its own in its own network', () => {
    expect(copy.macs).toEqual([deriveMac(COPY, 0), deriveMac(COPY, 1)])
    expect(text.split(`<source network="${COPY}"/>`)).toHaveLength(3)
  })

  it('has a network without a way out and without names', () => {
    const network = parseXml(describeNetwork(COPY, pickSubnet('10.213.0.0/16', 3)), COPY)

    expect(findElement(network, 'forward')).toBeNull()
    expect(findElement(network, 'dns')?.attributes['enable']).toBe('no')
    expect(findElement(network, 'ip')?.attributes).toMatchObject({ address: '10.213.0.25', netmask: '255.255.255.248' })
  })

  it('has ids that follow from its name, and differ by kind and name', () => {
    const ids = [deriveUuid('guest', COPY), deriveUuid('network', COPY), deriveUuid('guest', `${COPY}x`)]

    expect(new Set(ids).size).toBe(3)
    expect(deriveUuid('guest', COPY)).toBe(ids[0])
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it('is known by its name and by those of its disks, and by nothing else', () => {
    expect(copyOfVolume(volumeName(COPY, 'vda'))).toBe(COPY)
    for (const volume of [
      'web-01.vda.qcow2',
      'lazaret-x',
      'lazaret-x.qcow2',
      '../lazaret-x.vda.qcow2',
      'lazaret-/x.vda.qcow2',
    ])
      expect({ volume, copy: copyOfVolume(volume) }).toEqual({ volume, copy: null })
    for (const name of ['web-01', 'lazaret', 'lazaret-', 'lazaret--x', 'lazaret-a/b', 'xlazaret-a', 'lazaret-a\n'])
      expect({ name, isOurs: isOurs(name) }).toEqual({ name, isOurs: false })
  })
})

it('escapes whatever it writes', () => {
  const text = writeXml({ name: 'a', attributes: { b: `"<&>'\n` }, children: [], text: '' })

  expect(parseXml(text, 'a').attributes['b']).toBe(`"<&>'\n`)
})

describe('networks of 8 addresses', () => {
  it('lie side by side in the range, and nowhere else', () => {
    expect(countSubnets('10.213.0.0/16')).toBe(8192)
    expect(pickSubnet('10.213.0.0/16', 0)).toEqual({ host: '10.213.0.1', first: '10.213.0.2', last: '10.213.0.6' })
    expect(pickSubnet('10.213.0.0/16', 8191).last).toBe('10.213.255.254')
    expect(pickSubnet('192.168.7.9/29', 0).host).toBe('192.168.7.9')
  })

  it.each(['', '10.0.0.0', '10.0.0.0/30', '10.0.0.0/7', '10.0.0/16', '10.0.0.256/16', 'fd00::/64', '10.0.0.0/x'])(
    'are refused out of %j',
    (range) => {
      expect(codeOf(() => countSubnets(range))).toMatchObject({ code: 'config_invalid' })
    },
  )
})

it('takes only usable addresses of the cards of a guest', () => {
  const text = `
 vnet0      52:54:00:AA:BB:CC    ipv4         10.0.0.5/24
 vnet0      52:54:00:aa:bb:cc    ipv6         fe80::1/64
 vnet0      52:54:00:aa:bb:cc    ipv6         2001:db8::5/64
 lo         00:00:00:00:00:00    ipv4         127.0.0.1/8
 vnet9      52:54:00:00:00:01    ipv4         10.0.0.6/24
 vnet0      52:54:00:aa:bb:cc    N/A          N/A
 vnet0      52:54:00:aa:bb:cc    ipv4         --script/24
 vnet0      52:54:00:aa:bb:cc    ipv4         169.254.1.1/16`

  expect(parseAddresses(text, ['52:54:00:aa:bb:cc'])).toEqual(['10.0.0.5', '2001:db8::5'])
})

describe('the configuration', () => {
  it('has defaults for all but the kind and the id', () => {
    expect(HypervisorConfigs.parse([{ kind: 'libvirt', id: 'rack1' }])).toEqual([
      {
        kind: 'libvirt',
        id: 'rack1',
        uri: 'qemu:///system',
        program: 'virsh',
        timeoutSeconds: 60,
        pool: 'default',
        network: '10.213.0.0/16',
      },
    ])
  })

  it.each([
    [{ kind: 'libvirt', id: 'a', uri: '--all' }],
    [{ kind: 'libvirt', id: 'a', pool: '--pool' }],
    [{ kind: 'libvirt', id: 'a', program: '-x' }],
    [{ kind: 'libvirt', id: 'a', network: '10.0.0.0/30' }],
    [{ kind: 'libvirt', id: 'A' }],
    [{ kind: 'libvirt', id: 'a', password: 'x' }],
    [{ kind: 'none', id: 'a', machines: { web: ['web.example.org'] } }],
    [{ kind: 'none', id: 'a', machines: { web: [] } }],
    [{ kind: 'none', id: 'a', machines: { 'w b': ['192.0.2.1'] } }],
    [{ kind: 'esx', id: 'a' }],
  ])('refuses %j', (config) => {
    expect(HypervisorConfigs.safeParse([config]).success).toBe(false)
  })

  it('refuses two of one id', () => {
    const none = { kind: 'none', id: 'a', machines: {} }

    expect(HypervisorConfigs.safeParse([none]).success).toBe(true)
    expect(HypervisorConfigs.safeParse([none, none]).success).toBe(false)
  })

  it('never lets SSH ask for a password', () => {
    expect(withoutQuestions('qemu+ssh://me@host/system')).toBe('qemu+ssh://me@host/system?no_tty=1')
    expect(withoutQuestions('qemu+ssh://host/system?keyfile=/k')).toBe('qemu+ssh://host/system?keyfile=/k&no_tty=1')
    expect(withoutQuestions('qemu+ssh://host/system?no_tty=0')).toBe('qemu+ssh://host/system?no_tty=0')
    expect(withoutQuestions('qemu:///system')).toBe('qemu:///system')
  })
})
