import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openHostGate } from '#adapters/embedded/fetching/host-gate.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function setup() {
  const gate = openHostGate({ connections: 2, perSecond: 4, now: () => Date.now() })
  const begin = Date.now()
  const starts: { name: string; at: number }[] = []
  const never = new AbortController().signal
  const enter = async (host: string, name: string, signal: AbortSignal = never): Promise<() => void> => {
    const leave = await gate.enter(host, signal)
    starts.push({ name, at: Date.now() - begin })
    return leave
  }
  return { starts, enter }
}

it('lets at most two at once through to one host', async () => {
  const { starts, enter } = setup()
  const first = enter('a', '1')
  void enter('a', '2')
  void enter('a', '3')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(starts.map((start) => start.name)).toEqual(['1', '2'])

  const leave = await first
  leave()
  leave()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(starts.map((start) => start.name)).toEqual(['1', '2', '3'])
})

it('lets at most four through in any second, in order', async () => {
  const { starts, enter } = setup()
  for (let at = 0; at < 20; at += 1) {
    void enter('a', String(at)).then((leave) => setTimeout(leave, 30))
  }
  await vi.advanceTimersByTimeAsync(10_000)

  expect(starts.map((start) => start.name)).toEqual(Array.from({ length: 20 }, (_, at) => String(at)))
  const gaps = starts.slice(4).map((start, at) => start.at - (starts[at]?.at ?? 0))
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1000)
})

it('does not let one host wait for another', async () => {
  const { starts, enter } = setup()
  for (let at = 0; at < 100; at += 1) void enter('a', 'a')
  void enter('b', 'b')
  await vi.advanceTimersByTimeAsync(0)

  expect(starts.map((start) => start.name)).toEqual(['a', 'a', 'b'])
})

it('forgets who no longer waits, and serves the next', async () => {
  const { starts, enter } = setup()
  const controller = new AbortController()
  const first = await enter('a', '1')
  await enter('a', '2')
  const given = enter('a', '3', controller.signal)
  void enter('a', '4')
  controller.abort(new Error('enough'))
  await expect(given).rejects.toThrow('enough')
  first()
  await vi.advanceTimersByTimeAsync(10_000)

  expect(starts.map((start) => start.name)).toEqual(['1', '2', '4'])
})
