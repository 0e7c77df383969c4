import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Fetcher, FetchRequest } from '#shared/ports/fetcher.ts'
import { openMisbehavingServer, type Behaviour, type MisbehavingServer } from '#test/support/misbehaving-server.ts'

/** A fetcher whose operator lists exactly these `host:port`. */
export type OpenFetcherUnderTest = (internalHosts: readonly string[]) => Promise<Fetcher & { close(): void }>

/** What every fetcher does with servers, good and bad. */
export function fetcherContract(name: string, open: OpenFetcherUnderTest): void {
  describe(`Fetcher contract, ${name}`, () => {
    let server: MisbehavingServer
    let fetcher: Fetcher & { close(): void }

    beforeEach(async () => {
      server = await openMisbehavingServer()
      fetcher = await open([server.host])
    })
    afterEach(async () => {
      fetcher.close()
      await server.close()
    })

    const get = async (behaviour: Behaviour, request: Partial<FetchRequest> = {}, path = '/x') => {
      server.set(path, behaviour)
      const response = await fetcher.fetch({
        url: `${server.origin}${path}`,
        maxBytes: 1e6,
        timeoutMs: 5000,
        ...request,
      })
      const chunks: Uint8Array[] = []
      for await (const chunk of response.body) chunks.push(chunk)
      return { ...response, bytes: Buffer.concat(chunks) }
    }

    it('hands over status, headers in lower case and the bytes as they are', async () => {
      const body = Buffer.from(Array.from({ length: 200_000 }, (_, at) => at % 251))
      const response = await get({ kind: 'serve', body, headers: { ETag: '"1"', 'X-Two': 'b' } })

      expect(response.status).toBe(200)
      expect(response.headers).toMatchObject({ etag: '"1"', 'x-two': 'b' })
      expect(response.bytes.equals(body)).toBe(true)
      expect(response.url).toBe(`${server.origin}/x`)
    })

    it('sends the headers that it is given, and asks for no encoding', async () => {
      await get({ kind: 'status', status: 304 }, { headers: { 'if-none-match': '"1"' } })

      expect(server.requests[0]?.headers).toMatchObject({ 'if-none-match': '"1"', 'accept-encoding': 'identity' })
    })

    it.each([304, 404, 403, 500, 503])('hands over the status %i as a value', async (status) => {
      expect((await get({ kind: 'status', status })).status).toBe(status)
    })

    it('serves again after a response that was cancelled unread', async () => {
      server.set('/endless', { kind: 'endless' })
      for (let round = 0; round < 5; round += 1) {
        const response = await fetcher.fetch({ url: `${server.origin}/endless`, maxBytes: 1e9, timeoutMs: 5000 })
        await response.cancel()
      }

      expect((await get({ kind: 'serve', body: Buffer.from('x') })).bytes.toString()).toBe('x')
    })

    it('keeps a connection for the next request', async () => {
      for (let round = 0; round < 5; round += 1) await get({ kind: 'serve', body: Buffer.from('x') })

      expect(server.connections()).toBe(1)
    })

    const lost: [string, Behaviour][] = [
      ['never answers', { kind: 'silent' }],
      ['hangs up', { kind: 'hang-up' }],
      ['sends a header byte now and then', { kind: 'slow-headers', everyMs: 20 }],
      ['sends a body byte now and then', { kind: 'drip', body: Buffer.alloc(1000), everyMs: 20 }],
      ['cuts the body', { kind: 'cut', body: Buffer.alloc(1000), after: 500 }],
      ['promises more than it sends', { kind: 'wrong-length', body: Buffer.alloc(10), promised: 20 }],
      ['sends nonsense', { kind: 'raw', bytes: Buffer.from('220 mail.example.org ESMTP\r\n') }],
      [
        'sends a header of 1 MiB',
        { kind: 'raw', bytes: Buffer.from(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(1_048_576)}\r\n\r\n`) },
      ],
      [
        'sends two lengths',
        { kind: 'raw', bytes: Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx') },
      ],
      [
        'sends a chunk that is cut',
        { kind: 'raw', bytes: Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab') },
      ],
      [
        'sends endless interim answers',
        { kind: 'raw', bytes: Buffer.from('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1000)) },
      ],
    ]
    it.each(lost)('calls a server that %s unreachable, in time', async (_what, behaviour) => {
      const started = performance.now()

      await expect(get(behaviour, { timeoutMs: 400 })).rejects.toMatchObject({ code: 'repository_unreachable' })
      expect(performance.now() - started).toBeLessThan(2000)
    })

    const wrong: [string, Behaviour][] = [
      ['endless', { kind: 'endless' }],
      ['longer than allowed and says so', { kind: 'serve', body: Buffer.alloc(2000) }],
      [
        'longer than allowed and does not say so',
        { kind: 'raw', bytes: Buffer.from(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(2000)}`) },
      ],
      [
        'gzip-encoded without being asked',
        { kind: 'serve', body: Buffer.alloc(10), headers: { 'content-encoding': 'gzip' } },
      ],
      ['encoded twice', { kind: 'serve', body: Buffer.alloc(10), headers: { 'content-encoding': 'gzip, br' } }],
      [
        'transfer-encoded otherwise',
        { kind: 'raw', bytes: Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx') },
      ],
    ]
    it.each(wrong)('refuses a body that is %s', async (_what, behaviour) => {
      await expect(get(behaviour, { maxBytes: 1000 })).rejects.toMatchObject({ code: 'repository_refused' })
    })

    it('takes a compressed file that the server labels with its own compression, undecoded', async () => {
      const body = Buffer.from('1f8b0800', 'hex')
      const response = await get({ kind: 'serve', body, headers: { 'content-encoding': 'x-gzip' } }, {}, '/Packages.gz')

      expect(response.bytes.equals(body)).toBe(true)
    })

    it('ends at once when the caller does not wait any longer', async () => {
      const controller = new AbortController()
      const pending = get({ kind: 'silent' }, { signal: controller.signal })
      setTimeout(() => controller.abort(), 50)

      await expect(pending).rejects.toMatchObject({ code: 'repository_unreachable' })
    })

    it('survives a body that nobody reads and that comes too late', async () => {
      server.set('/drip', { kind: 'drip', body: Buffer.alloc(1000), everyMs: 20 })
      const response = await fetcher.fetch({ url: `${server.origin}/drip`, maxBytes: 1e6, timeoutMs: 100 })
      await new Promise((resolve) => setTimeout(resolve, 200))

      await expect(response.body[Symbol.asyncIterator]().next()).rejects.toMatchObject({
        code: 'repository_unreachable',
      })
    })

    it('follows up to five redirects and says where it ended', async () => {
      for (let hop = 0; hop < 5; hop += 1)
        server.set(`/${hop}`, { kind: 'redirect', to: `/${hop + 1}`, status: 301 + (hop % 3) })
      const response = await get({ kind: 'serve', body: Buffer.from('end') }, { url: `${server.origin}/0` }, '/5')

      expect(response.bytes.toString()).toBe('end')
      expect(response.url).toBe(`${server.origin}/5`)
    })

    it('does not follow a sixth redirect', async () => {
      for (let hop = 0; hop < 6; hop += 1) server.set(`/${hop}`, { kind: 'redirect', to: `/${hop + 1}` })

      await expect(
        get({ kind: 'serve', body: Buffer.from('end') }, { url: `${server.origin}/0` }, '/6'),
      ).rejects.toMatchObject({
        code: 'repository_unreachable',
      })
    })

    it('does not go round in circles', async () => {
      server.set('/y', { kind: 'redirect', to: '/x' })

      await expect(get({ kind: 'redirect', to: `${server.origin}/y` })).rejects.toMatchObject({
        code: 'repository_unreachable',
      })
      expect(server.requests).toHaveLength(2)
    })
  })
}
