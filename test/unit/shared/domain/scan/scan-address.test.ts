import { describe, expect, it } from 'vitest'
import { judgeScanAddress, listScanAddresses } from '#shared/domain/scan/scan-address.ts'

const DEFAULT = ['127.0.0.0/8', '::1/128']
const LAB = ['10.1.0.0/16', 'fd00:1::/64']

describe('judgeScanAddress', () => {
  it.each(['10.1.2.3', '192.168.0.1', '172.16.0.1', '8.8.8.8', '169.254.1.1', 'fd00:1::5', 'fe80::1'])(
    'refuses %s where the operator lists nothing',
    (address) => {
      expect(judgeScanAddress(address, DEFAULT).kind).toBe('refused')
    },
  )

  it.each(['10.1.2.3', 'fd00:1::5', '::ffff:10.1.2.3'])('allows %s inside a listed network', (address) => {
    expect(judgeScanAddress(address, LAB).kind).toBe('allowed')
  })

  it.each([
    '10.2.0.1',
    '127.0.0.1',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:10.2.0.1',
    '64:ff9b::a01:203',
    '2002:a01:203::1',
    'fd00:2::5',
  ])('refuses %s outside of the listed networks, whatever its form', (address) => {
    expect(judgeScanAddress(address, LAB).kind).toBe('refused')
  })

  it.each([
    '-oN',
    '--script=x',
    '',
    'example.org',
    'localhost',
    '10.1.0.0/16',
    '10.1.2.3-9',
    '10.1.2.*',
    '10.1.2.3,10.1.2.4',
    '10.1.2.3 -iL /etc/passwd',
    '10.1.2.3\n',
    '010.1.2.3',
    '0x0a010203',
    '10.1.515',
    '167838211',
    'fe80::1%eth0',
    'http://10.1.2.3',
  ])('refuses %j, which is no plain address', (address) => {
    expect(judgeScanAddress(address, ['0.0.0.0/0', '::/0'])).toEqual({
      kind: 'refused',
      reason: 'It is not an IP address.',
    })
  })

  it.each(['169.254.169.254', '0.0.0.0', '224.0.0.1', '255.255.255.255', '::', 'ff02::1', 'fd00:ec2::254'])(
    'refuses %s in any network',
    (address) => {
      expect(judgeScanAddress(address, ['0.0.0.0/0', '::/0']).kind).toBe('refused')
    },
  )
})

describe('listScanAddresses', () => {
  it('never takes a guest’s own loopback for the guest', () => {
    const told = listScanAddresses(['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.1.2.3'], {
      networks: [...DEFAULT, ...LAB],
      isTold: true,
    })

    expect(told.allowed).toEqual(['10.1.2.3'])
  })

  it('takes a loopback address that an administrator gave, each once and in one form', () => {
    const given = listScanAddresses(['127.0.0.1', '::ffff:127.0.0.1'], { networks: DEFAULT, isTold: false })

    expect(given).toEqual({ allowed: ['127.0.0.1'], refused: [] })
  })
})
