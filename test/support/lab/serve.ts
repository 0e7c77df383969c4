import { createServer } from 'node:net'

/** Greets as an old OpenSSH on each `address port` given; says `ready` when all of them listen. */
const GREETING = 'SSH-2.0-OpenSSH_7.2p2 Ubuntu-4ubuntu2.1\r\n'
const [port = '22', ...addresses] = process.argv.slice(2)

for (const address of addresses) {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.write(GREETING)
    socket.on('data', () => socket.end())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: address, port: Number(port), ipv6Only: address.includes(':') }, resolve)
  })
}
process.stdout.write('ready\n')
