import { connect } from 'node:net'
import type { Prober } from '#shared/ports/prober.ts'

/** Ports of which a machine that is there usually answers one, be it by refusing. */
const PORTS = [22, 80, 443, 3389, 445, 1] as const
const TIMEOUT_MS = 3000

/** Asks by TCP from this process. An address that refuses, or says that the port is closed off, is there. */
export function openTcpProber(options: { ports?: readonly number[]; timeoutMs?: number } = {}): Prober {
  const { ports = PORTS, timeoutMs = TIMEOUT_MS } = options
  return {
    answers: async (address) => {
      const tries = ports.map((port) => tryPort(address, port, timeoutMs))
      // The first that answers is enough; the others end by themselves within the time.
      return Promise.any(tries).catch(() => false)
    },
  }
}

/** Resolves to true when anything came back. @throws Error when nothing did */
function tryPort(host: string, port: number, timeoutMs: number): Promise<true> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: timeoutMs })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('timeout', () => {
      socket.destroy()
      reject(new Error('nothing came back'))
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET') resolve(true)
      else reject(error)
    })
  })
}
