import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where the station keeps its data when nothing says otherwise: `$XDG_DATA_HOME/lazaret`. */
export function defaultDataFolder(env: NodeJS.ProcessEnv): string {
  return env.LAZARET_DATA ?? join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'lazaret')
}

/** Where one-shot checks keep their caches. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return env.LAZARET_CACHE ?? join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lazaret')
}
