import { createServer, type AddressInfo, type Server } from 'node:net'

export interface Lab {
  /** The port that every address has a service on. */
  readonly port: number
  /** Greets as an old OpenSSH does. */
  readonly vulnerable: string
  /** Takes connections and never says a word: whoever asks for versions waits. */
  readonly silent: string
  /** Nothing listens. */
  readonly closed: string
  close(): Promise<void>
}

const GREETING = 'SSH-2.0-OpenSSH_7.2p2 Ubuntu-4ubuntu2.1\r\n'

/** Services on loopback addresses, each address a machine of its own. */
export async function openLab(): Promise<Lab> {
  const greeting = createServer((socket) => {
    socket.on('error', () => {})
    socket.write(GREETING)
    socket.on('data', () => socket.end())
  })
  const silent = createServer((socket) => void socket.on('error', () => {}).resume())
  const port = await listen(greeting, 0, '127.0.0.1')
  await listen(silent, port, '127.0.0.2')

  return {
    port,
    vulnerable: '127.0.0.1',
    silent: '127.0.0.2',
    closed: '127.0.0.3',
    close: async () => {
      for (const server of [greeting, silent]) await new Promise((resolve) => server.close(resolve))
    },
  }
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })
}
