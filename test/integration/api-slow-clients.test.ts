import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serve } from '#station/serve.ts'
import type { Serving } from '#station/serve.ts'
import { stationWorld } from '#test/support/station-world.ts'
import type { StationWorld } from '#test/support/station-world.ts'

const SLOW = 200
const IDLE = 2000

let world: StationWorld
let serving: Serving
const sockets: Socket[] = []

beforeAll(async () => {
  world = await stationWorld()
  serving = await serve(world.api, { listen: '127.0.0.1:0', folder: world.folder })
})
afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  await serving.close()
  await world.close()
})

describe('clients that hold on to the server', () => {
  it(`do not keep others waiting: ${SLOW} that send a byte at a time, ${IDLE} that say nothing`, async () => {
    for (let at = 0; at < IDLE; at += 1) sockets.push(await open())
    const slow = await Promise.all(Array.from({ length: SLOW }, open))
    sockets.push(...slow)
    const drip = setInterval(() => slow.forEach((socket) => socket.writable && socket.write('x')), 500)
    for (const socket of slow) socket.write('GET /v1/health HTTP/1.1\r\nHost: a\r\nX-Slow: ')

    const times: number[] = []
    for (let at = 0; at < 100; at += 1) {
      const started = performance.now()
      const response = await fetch(`${serving.url}/v1/health`)
      await response.arrayBuffer()
      times.push(performance.now() - started)
    }
    clearInterval(drip)

    expect(times.toSorted((a, b) => a - b)[98]).toBeLessThan(1000)
  })

  it('lose their connection when a header is not whole in time', async () => {
    const socket = await open()
    const started = performance.now()
    socket.write('GET /v1/health HTTP/1.1\r\nX-Slow: ')
    const drip = setInterval(() => socket.writable && socket.write('x'), 1000)
    const answer = await new Promise<string>((resolve) => {
      let text = ''
      socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
      socket.on('close', () => resolve(text))
    })
    clearInterval(drip)

    expect(answer).toContain('408')
    expect(performance.now() - started).toBeLessThan(45_000)
  })

  it('get a whole answer when evidence breaks off, and leave nothing behind', async () => {
    const socket = await open()
    socket.write(
      `PUT /v1/machines/cut/evidence HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${world.admin}\r\n` +
        'Content-Type: application/gzip\r\nContent-Length: 100000\r\n\r\n\u001f\u008b',
    )
    await new Promise((resolve) => setTimeout(resolve, 200))
    socket.destroy()
    await new Promise((resolve) => setTimeout(resolve, 200))

    expect((await world.ask('GET', '/v1/machines/cut')).status).toBe(404)
    expect(world.logged.filter((line) => line.includes('"level":"error"'))).toEqual([])
  })
})

function open(): Promise<Socket> {
  const { hostname, port } = new URL(serving.url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => resolve(socket))
    socket.on('error', reject)
  })
}
