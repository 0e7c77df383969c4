import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import { HOST } from './machines.ts'

/** `lazaret` as it is published, with a cache of its own and the archives of the measurement as a mirror. */
export async function configureCli(bench: Bench, cache: string) {
  const { url } = await bench.loopback()
  const mirrors = [{ from: `http://${HOST}/`, to: `${url}${HOST}/` }]
  const entry = join(bench.bundle(), 'lazaret.mjs')
  return {
    entry,
    command: [process.execPath, entry],
    env: {
      LAZARET_CACHE: cache,
      LAZARET_MIRRORS: JSON.stringify(mirrors),
      NODE_COMPILE_CACHE: join(bench.folder, 'compiled'),
    },
  }
}
