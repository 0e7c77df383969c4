import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readJsonBody } from '#shared/api/json-body.ts'

function send(body: string, headers: Record<string, string> = {}): Request {
  const type = { 'content-type': 'application/json', ...headers }
  return new Request('http://station.example/', { method: 'POST', body, headers: type })
}

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

describe('readJsonBody', () => {
  it('takes 32 levels and refuses 33, whatever the shape would take', async () => {
    await expect(readJsonBody(send(nested(32)), z.unknown(), false)).resolves.toBeInstanceOf(Array)
    await expect(readJsonBody(send(nested(33)), z.unknown(), false)).rejects.toThrow('deeper than 32')
  })

  it('does not count brackets inside strings', async () => {
    const text = JSON.stringify(`"\\${'['.repeat(100)}`)

    await expect(readJsonBody(send(text), z.unknown(), false)).resolves.toBe(`"\\${'['.repeat(100)}`)
  })

  it('takes no body for an empty object only where it is optional', async () => {
    const shape = z.strictObject({})

    await expect(readJsonBody(send(''), shape, true)).resolves.toEqual({})
    await expect(readJsonBody(send(''), shape, false)).rejects.toThrow('not JSON')
  })

  it('stops reading a body that is longer than it may be, although it claims nothing', async () => {
    let pulled = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1
        controller.enqueue(Buffer.alloc(65_536, ' '))
      },
    })
    const request = new Request('http://station.example/', {
      method: 'POST',
      body: endless,
      duplex: 'half',
      headers: { 'content-type': 'application/json' },
    })

    await expect(readJsonBody(request, z.unknown(), false)).rejects.toThrow('longer than')
    expect(pulled).toBeLessThan(25)
  })

  it('names the first wrong places of a body and cuts what strangers wrote short', async () => {
    const shape = z.strictObject({ a: z.number(), b: z.number(), c: z.number(), d: z.number() })

    await expect(readJsonBody(send('{}'), shape, false)).rejects.toThrow(/a: .*; b: .*; c: .* \(and 1 more\)/)
    const long = `{"a":1,"b":1,"c":1,"d":1,"${'x'.repeat(5000)}":1}`
    await expect(readJsonBody(send(long), shape, false)).rejects.toThrow(/^.{1,250}$/s)
  })
})
