import { once } from 'node:events'
import { Agent } from 'node:http'
import { lookup as systemLookup } from 'node:dns/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openFetcher, type FetcherOptions } from '#adapters/embedded/fetcher.ts'
import { exchange } from '#adapters/embedded/fetching/exchange.ts'
import { isFault } from '#shared/domain/fault.ts'
import { readFetchTarget } from '#shared/domain/fetching/fetch-target.ts'
import type { Fetcher } from '#shared/ports/fetcher.ts'
import { HOSTILE_ANSWERS, hostileUrls } from '#test/support/hostile-urls.ts'
import { openMisbehavingServer, type MisbehavingServer } from '#test/support/misbehaving-server.ts'

/**
 * A server that the operator lists, and a canary that nobody may reach. Whatever hostile URLs, name servers and redirects do, the
 * canary sees no connection, the resolver is not asked for what is refused by its form, and nothing but the listed server is spoken to.
 */
let canary: MisbehavingServer
let server: MisbehavingServer
const opened: (Fetcher & { close(): void })[] = []

beforeAll(async () => {
  canary = await openMisbehavingServer()
})
afterAll(async () => canary.close())
beforeEach(async () => {
  server = await openMisbehavingServer()
})
afterEach(async () => {
  for (const fetcher of opened.splice(0)) fetcher.close()
  await server.close()
  if (canary.connections() > 0) throw new Error('the canary was reached')
})

function open(options: Partial<FetcherOptions> = {}): Fetcher {
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const fetcher = openFetcher({ internalHosts: [server.host], ownSources: [], mirrors: [], log, ...options })
  opened.push(fetcher)
  return fetcher
}

async function get(fetcher: Fetcher, url: string): Promise<string> {
  const response = await fetcher.fetch({ url, maxBytes: 1e6, timeoutMs: 2000 })
  const chunks: Uint8Array[] = []
  for await (const chunk of response.body) chunks.push(chunk)
  return `${response.status} ${Buffer.concat(chunks).toString()}`
}

/** Those of the URLs that are not refused as an address. */
async function list(urls: readonly string[], fetcher: Fetcher): Promise<string[]> {
  const other: string[] = []
  for (const url of urls) {
    const outcome = await get(fetcher, url).catch((error: unknown) => (isFault(error) ? error.code : 'no fault'))
    if (outcome !== 'address_refused') other.push(`${url}: ${outcome}`)
  }
  return other
}

const canaryPort = (): string => canary.host.split(':')[1] ?? ''

describe('hostile URLs', () => {
  it('sends no packet for any of the corpus, and asks the resolver for none of them', async () => {
    const asked: string[] = []
    const fetcher = open({
      resolve: async (name) => {
        asked.push(name)
        return ['127.0.0.1']
      },
    })
    const other = await list(
      hostileUrls().map(({ url }) => url),
      fetcher,
    )

    expect(other).toEqual([])
    expect(asked).toEqual([])
  })

  it.each(['127.0.0.1', '2130706433', '0x7f.1', '127.1', '[::ffff:127.0.0.1]', 'localhost', '0.0.0.0', '[::]'])(
    'does not reach the canary by %s',
    async (host) => {
      await expect(get(open(), `http://${host}:${canaryPort()}/`)).rejects.toMatchObject({ code: 'address_refused' })
    },
  )
})

describe('hostile name servers', () => {
  it.each(HOSTILE_ANSWERS)('does not connect when $name resolves to $addresses', async ({ name, addresses }) => {
    const fetcher = open({ resolve: async () => addresses })

    await expect(get(fetcher, `http://${name}/`)).rejects.toMatchObject({ code: 'address_refused' })
  })

  it('connects only to what was checked, however the name changes its mind', async () => {
    server.set('/x', { kind: 'serve', body: Buffer.from('pinned') })
    const answers = [['127.0.0.1'], ['169.254.169.254'], ['127.0.0.1']]
    const fetcher = open({
      internalHosts: [`rebind.example.org:${server.host.split(':')[1]}`],
      resolve: async () => answers.shift() ?? [],
    })
    const url = `http://rebind.example.org:${server.host.split(':')[1]}/x`

    expect(await get(fetcher, url)).toBe('200 pinned')
    // The kept connection is no way around the check.
    await expect(get(fetcher, url)).rejects.toMatchObject({ code: 'address_refused' })
    expect(await get(fetcher, url)).toBe('200 pinned')
    expect(server.requests).toHaveLength(2)
  })

  it('says nothing on a connection that ends where it must not, new or kept', async () => {
    server.set('/x', { kind: 'status', status: 404 })
    const target = readFetchTarget(`${server.origin}/x`)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const signal = AbortSignal.timeout(2000)
    const ask = (isAllowed: boolean) => {
      const permission = { allows: () => isAllowed, isOperators: true }
      return exchange({ target, permission, addresses: ['127.0.0.1'], headers: {}, agent, headerBytes: 16_384, signal })
    }

    await expect(ask(false)).rejects.toMatchObject({ code: 'address_refused' })
    const response = await ask(true)
    response.resume()
    await once(response, 'close')
    await expect(ask(false)).rejects.toMatchObject({ code: 'address_refused' })
    expect(server.requests).toHaveLength(1)
    agent.destroy()
  })

  it('does not wait for a name server longer than for anything else', async () => {
    const fetcher = open({ resolve: () => new Promise(() => {}) })
    const pending = fetcher.fetch({ url: 'http://slow.example.org/', maxBytes: 1, timeoutMs: 100 })

    await expect(pending).rejects.toMatchObject({ code: 'repository_unreachable' })
  })

  it('says so when a name does not exist', async () => {
    const fetcher = open({
      resolve: async () => (await systemLookup('no-such-host.invalid', { all: true })).map((one) => one.address),
    })

    await expect(get(fetcher, 'http://gone.example.org/')).rejects.toMatchObject({ code: 'repository_unreachable' })
  })
})

/** Where a hostile server would send us: 21 ways to the canary, the metadata services and elsewhere. */
function locations(): string[] {
  const port = canaryPort()
  return [
    `http://127.0.0.1:${port}/`,
    `//127.0.0.1:${port}/`,
    `http://2130706433:${port}/`,
    `http://0x7f000001:${port}/`,
    `http://[::ffff:7f00:1]:${port}/`,
    `http://localhost:${port}/`,
    `http://user@127.0.0.1:${port}/`,
    `http:\\\\127.0.0.1:${port}\\`,
    `/\\127.0.0.1:${port}/`,
    `\\\\127.0.0.1:${port}/`,
    `http:/127.0.0.1:${port}/`,
    `http:127.0.0.1:${port}`,
    `///127.0.0.1:${port}/`,
    `http://${server.host}@127.0.0.1:${port}/`,
    'http://169.254.169.254/latest/meta-data/',
    'http://[fd00:ec2::254]/latest/meta-data/',
    'http://metadata.google.internal/',
    'file:///etc/passwd',
    'ftp://127.0.0.1/',
    'javascript:alert(1)',
    'http://evil.example.org/',
  ]
}

describe('hostile redirects', () => {
  it('follows none of them to the canary', async () => {
    const fetcher = open({ resolve: async () => ['127.0.0.1'] })
    for (const [at, to] of locations().entries()) server.set(`/${at}`, { kind: 'redirect', to })
    const other = await list(
      locations().map((_to, at) => `${server.origin}/${at}`),
      fetcher,
    )

    expect(other).toEqual([])
    expect(server.requests).toHaveLength(locations().length)
  })

  it('does not follow one on the second hop either', async () => {
    server.set('/a', { kind: 'redirect', to: '/b' })
    server.set('/b', { kind: 'redirect', to: `${canary.origin}/` })

    await expect(get(open(), `${server.origin}/a`)).rejects.toMatchObject({ code: 'address_refused' })
  })

  it('does not take a redirect from an own source for an own source', async () => {
    server.set('/debian/x', { kind: 'redirect', to: '/admin' })
    const fetcher = open({ internalHosts: [], ownSources: [`${server.origin}/debian/`] })

    await expect(get(fetcher, `${server.origin}/debian/x`)).rejects.toMatchObject({ code: 'address_refused' })
    expect(server.requests.map((one) => one.path)).toEqual(['/debian/x'])
  })
})

describe("the station's own sources", () => {
  it('are reached although they are on loopback, and odd ones among them do no harm', async () => {
    server.set('/debian/x', { kind: 'serve', body: Buffer.from('own') })
    const odd = [
      'cdrom:[Debian 12]/',
      'http://user:secret@mirror.example.org/',
      'http://[/',
      'file:/srv/',
      '',
      'http://',
    ]
    const fetcher = open({ internalHosts: [], ownSources: [...odd, `${server.origin}/debian/`] })

    expect(await get(fetcher, `${server.origin}/debian/x`)).toBe('200 own')
    await expect(get(fetcher, 'file:/srv/x')).rejects.toMatchObject({ code: 'address_refused' })
  })
})

describe('mirrors', () => {
  it('fetches what they cover from where they lead, and nothing else from there by a stranger', async () => {
    server.set('/deb/dists/x/InRelease', { kind: 'serve', body: Buffer.from('mapped') })
    const fetcher = open({
      internalHosts: [],
      mirrors: [
        { from: 'http://archive.example.org/debian', to: `${server.origin}/deb` },
        { from: 'file:/srv/debian', to: `${server.origin}/deb` },
      ],
    })

    expect(await get(fetcher, 'http://archive.example.org/debian/dists/x/InRelease')).toBe('200 mapped')
    expect(await get(fetcher, 'file:/srv/debian/dists/x/InRelease')).toBe('200 mapped')
    await expect(get(fetcher, 'file:/etc/passwd')).rejects.toMatchObject({ code: 'address_refused' })
    await expect(get(fetcher, 'http://archive.example.org/debian/..%2f..%2fadmin')).rejects.toMatchObject({
      code: 'address_refused',
    })
    expect(server.requests).toHaveLength(2)
  })

  it('covers a redirect as well', async () => {
    server.set('/old', { kind: 'redirect', to: 'http://archive.example.org/debian/x' })
    server.set('/deb/x', { kind: 'serve', body: Buffer.from('mapped') })
    const fetcher = open({ mirrors: [{ from: 'http://archive.example.org/debian', to: `${server.origin}/deb` }] })

    expect(await get(fetcher, `${server.origin}/old`)).toBe('200 mapped')
  })

  it('says at start that a certificate cannot be read', () => {
    const clientCertificate = { certificate: '/nonexistent/cert.pem', key: '/nonexistent/key.pem' }
    const mirrors = [{ from: 'https://a.example.org/', to: 'https://b.example.org/', clientCertificate }]

    expect(() => open({ mirrors })).toThrow(expect.objectContaining({ code: 'config_invalid' }))
  })
})
