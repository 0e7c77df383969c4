import { afterEach, expect, it } from 'vitest'
import { openFetcher, type FetcherOptions } from '#adapters/embedded/fetcher.ts'
import { isFault } from '#shared/domain/fault.ts'
import type { Fetcher } from '#shared/ports/fetcher.ts'

const log = { info: () => {}, warn: () => {}, error: () => {} }
const opened: (Fetcher & { close(): void })[] = []

afterEach(() => {
  for (const fetcher of opened.splice(0)) fetcher.close()
})

function open(options: Partial<FetcherOptions>): Fetcher {
  const fetcher = openFetcher({ internalHosts: [], ownSources: [], mirrors: [], log, ...options })
  opened.push(fetcher)
  return fetcher
}

/** Asks a name that leads nowhere, and tells when the resolver was asked: a stand-in for the packet that follows. */
function setup(options: Partial<FetcherOptions> = {}) {
  const asked: number[] = []
  const fetcher = open({
    resolve: async () => {
      asked.push(performance.now())
      return []
    },
    ...options,
  })
  const ask = (host: string, timeoutMs = 10_000): Promise<string> =>
    fetcher.fetch({ url: `http://${host}/`, maxBytes: 1, timeoutMs }).then(
      () => 'answered',
      (error: unknown) => (isFault(error) ? error.message : 'no fault'),
    )
  return { asked, ask }
}

it("asks a stranger's host at most four times a second, and the wait is not the request's own time", async () => {
  const { asked, ask } = setup()
  const told = await Promise.all(Array.from({ length: 6 }, () => ask('mirror.example.org', 500)))

  expect(new Set(told)).toEqual(new Set(['the name mirror.example.org has no address']))
  expect((asked[4] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(999)
})

it('asks a host of the operator as often as it is told to', async () => {
  const { asked, ask } = setup({ internalHosts: ['mirror.example.org'] })
  await Promise.all(Array.from({ length: 40 }, () => ask('mirror.example.org')))

  expect((asked[39] ?? Infinity) - (asked[0] ?? 0)).toBeLessThan(900)
})

it('says so when too many requests wait for one host', async () => {
  const { ask } = setup({ limits: { maxWaitMs: 100 } })
  const told = await Promise.all(Array.from({ length: 6 }, () => ask('mirror.example.org')))

  expect(told.filter((text) => text.includes('too many requests wait'))).toHaveLength(2)
})
