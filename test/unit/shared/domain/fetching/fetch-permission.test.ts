import { describe, expect, it } from 'vitest'
import { isFault } from '#shared/domain/fault.ts'
import { checkAddresses, decidePermission } from '#shared/domain/fetching/fetch-permission.ts'
import { describeUrl, readFetchTarget } from '#shared/domain/fetching/fetch-target.ts'
import { parseHostList } from '#shared/domain/fetching/host-list.ts'
import { parseUrlPrefix } from '#shared/domain/fetching/mirror-map.ts'
import { HOSTILE_ANSWERS, hostileUrls, LAWFUL_URLS } from '#test/support/hostile-urls.ts'

const PUBLIC = ['93.184.216.34', '2606:2800:220:1::1']

/** What a fetcher decides of a URL: the fault's code and text, or `allowed`. Names resolve to `answers`. */
function decide(
  url: string,
  operator: { internalHosts?: string[]; ownSources?: string[]; answers?: readonly string[] } = {},
): string {
  const rules = {
    hosts: parseHostList(operator.internalHosts ?? []),
    ownSources: (operator.ownSources ?? []).map((prefix) => parseUrlPrefix(prefix, 'ownSources')),
  }
  try {
    const target = readFetchTarget(url)
    const permission = decidePermission(rules, target)
    checkAddresses(target, permission, target.isAddress ? [target.host] : (operator.answers ?? PUBLIC))
    return 'allowed'
  } catch (error) {
    if (!isFault(error)) throw error
    return error.code
  }
}

/** What is said of a URL that cannot be read; '' when it can. */
function tell(url: string): string {
  try {
    readFetchTarget(url)
    return ''
  } catch (error) {
    return String(error)
  }
}

describe('what strangers may reach', () => {
  const hostile = hostileUrls()

  it('has a corpus of at least 136 different hostile URLs', () => {
    expect(new Set(hostile.map((one) => one.url)).size).toBeGreaterThanOrEqual(136)
  })

  it.each(hostile)('refuses $url ($why)', ({ url }) => {
    expect(decide(url)).toBe('address_refused')
  })

  it.each(HOSTILE_ANSWERS)('refuses $name when it resolves to $addresses', ({ name, addresses }) => {
    expect(decide(`http://${name}/`, { answers: addresses })).toBe('address_refused')
  })

  it.each(LAWFUL_URLS)('lets %s pass', (url) => {
    expect(decide(url)).toBe('allowed')
  })

  it('calls a name without an address unreachable, not refused', () => {
    expect(decide('http://mirror.example.org/', { answers: [] })).toBe('repository_unreachable')
  })

  it('never shows a user, a password or a query', () => {
    const shown = describeUrl('https://user:secret@mirror.example.org/debian?token=secret#secret')

    expect(shown).toBe('https://mirror.example.org/debian')
    const told = hostileUrls().map(({ url }) => tell(url.replace('user:', 'canary:')))
    expect(told.filter((text) => /canary|secret/.test(text))).toEqual([])
  })
})

describe('what the operator lists', () => {
  it.each([
    ['a name', 'http://mirror.corp.example/', ['mirror.corp.example'], ['10.0.0.5']],
    [
      'a name in other letters and with a final dot',
      'http://Mirror.Corp.Example./',
      ['MIRROR.corp.example.'],
      ['10.0.0.5'],
    ],
    ['a name on any port', 'http://mirror.corp.example:8080/', ['mirror.corp.example'], ['10.0.0.5']],
    ['a name on its port', 'http://mirror.corp.example:8080/', ['mirror.corp.example:8080'], ['127.0.0.1']],
    ['a name without a dot', 'http://mirror/', ['mirror'], ['10.0.0.5']],
    ['an address', 'http://10.0.0.5:3142/', ['10.0.0.5'], []],
    ['an address in another spelling', 'http://0x7f.1:3142/', ['127.0.0.1:3142'], []],
    ['an IPv6 address with its port', 'http://[fd00::5]:3142/', ['[fd00::5]:3142'], []],
    ['a mapped address', 'http://[::ffff:10.0.0.5]/', ['10.0.0.5'], []],
    ['a network', 'http://10.1.2.3/', ['10.0.0.0/8'], []],
    ['a network that a name leads to', 'http://nas.lan:8080/', ['10.0.0.0/8'], ['10.1.2.3']],
    ['a metadata address that is written out', 'http://169.254.169.254/', ['169.254.169.254'], []],
  ])('lets %s pass', (_what, url, internalHosts, answers) => {
    expect(decide(url, { internalHosts, answers })).toBe('allowed')
  })

  it.each([
    ['another port', 'http://127.0.0.1:8001/', ['127.0.0.1:8000'], []],
    ['another port of a name', 'http://mirror.corp.example:22/', ['mirror.corp.example:8080'], ['10.0.0.5']],
    [
      'a name that only ends like a listed one',
      'http://evil-mirror.corp.example/',
      ['mirror.corp.example'],
      ['10.0.0.5'],
    ],
    ['a name under a listed one', 'http://a.mirror.corp.example/', ['mirror.corp.example'], ['10.0.0.5']],
    ['the metadata service through a listed network', 'http://169.254.169.254/', ['169.254.0.0/16', '0.0.0.0/0'], []],
    [
      'the metadata service through a listed name',
      'http://mirror.corp.example/',
      ['mirror.corp.example'],
      ['169.254.169.254'],
    ],
    [
      'a name that leads to a metadata address that is listed',
      'http://a.example.org/',
      ['169.254.169.254'],
      ['169.254.169.254'],
    ],
    [
      'a name of which one address is outside the listed network',
      'http://nas.lan/',
      ['10.0.0.0/8'],
      ['10.1.2.3', '192.168.0.1'],
    ],
    ['an address outside the network', 'http://11.0.0.1:8080/', ['10.0.0.0/8'], []],
    ['IPv4 through a listed IPv6 network of all', 'http://10.0.0.5/', ['::/0'], []],
  ])('does not let %s pass', (_what, url, internalHosts, answers) => {
    expect(decide(url, { internalHosts, answers })).toBe('address_refused')
  })

  it.each([
    '',
    'a b',
    'http://mirror.example.org',
    '*.example.org',
    'host:0',
    'host:70000',
    'host:x',
    '10.0.0.0/33',
    '10.0.0.0/',
    '[::1',
    'user@host',
    'a/b',
  ])('refuses the entry "%s" as a mistake in the configuration', (entry) => {
    expect(() => parseHostList([entry])).toThrow(expect.objectContaining({ code: 'config_invalid' }))
  })
})

describe("the station's own sources", () => {
  const ownSources = ['http://mirror.corp.example/debian', 'http://127.0.0.1:3142/', 'http://localhost:3142/x/']

  it.each([
    ['a private address below the prefix', 'http://mirror.corp.example/debian/dists/x/InRelease', ['10.0.0.5']],
    ['loopback that the source itself writes', 'http://127.0.0.1:3142/debian/', []],
    ['loopback by its name', 'http://localhost:3142/x/debian/', ['127.0.0.1', '::1']],
  ])('reaches %s', (_what, url, answers) => {
    expect(decide(url, { ownSources, answers })).toBe('allowed')
  })

  it.each([
    ['another path of the same host', 'http://mirror.corp.example/admin', ['10.0.0.5']],
    ['a path that merely begins alike', 'http://mirror.corp.example/debian-evil/', ['10.0.0.5']],
    ['a path that climbs out', 'http://mirror.corp.example/debian/../admin', ['10.0.0.5']],
    ['a name that leads to loopback', 'http://mirror.corp.example/debian/', ['127.0.0.1']],
    ['a name that leads to the metadata service', 'http://mirror.corp.example/debian/', ['169.254.169.254']],
    ['another port', 'http://127.0.0.1:3143/debian/', []],
  ])('does not reach %s', (_what, url, answers) => {
    expect(decide(url, { ownSources, answers })).toBe('address_refused')
  })
})
