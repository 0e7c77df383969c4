import { createReadStream, existsSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, normalize } from 'node:path'

/** A proxy on loopback that serves every host's archive from `root/<host>/`; nothing leaves this machine. */
export interface ArchiveServer {
  readonly proxyUrl: string
  close(): Promise<void>
}

/** The file that an archive URL stands for, null where there is none. */
export function findArchiveFile(root: string, url: string): string | null {
  const { host, pathname, protocol } = new URL(url)
  if (protocol !== 'http:') return null

  const path = join(root, host, normalize(decodeURIComponent(pathname)))
  return existsSync(path) && statSync(path).isFile() ? path : null
}

/** Starts the proxy on a free port. */
export async function serveArchives(root: string): Promise<ArchiveServer> {
  const server = createServer((request, response) => {
    const path = findArchiveFile(root, request.url ?? '')
    if (path === null) {
      response.writeHead(404, { 'content-length': '0' }).end()
      return
    }

    const { size, mtime } = statSync(path)
    response.writeHead(200, { 'content-length': String(size), 'last-modified': mtime.toUTCString() })
    createReadStream(path).pipe(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    proxyUrl: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
