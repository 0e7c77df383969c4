import { mkdirSync, statSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { cacheFolder } from '#station/folders.ts'

const OTHERS_MAY_WRITE = 0o022

/**
 * Lets Node.js keep compiled code beside the other caches of this user, which saves most of the start of a command. What lies there is
 * run: so never in a folder that is someone else's, or that others may write to; without one everything is compiled each time.
 */
export function keepCompiledCode(env: NodeJS.ProcessEnv): void {
  // Node.js has seen to it already.
  if (env.NODE_COMPILE_CACHE !== undefined) return

  const folder = join(cacheFolder(env), 'compiled')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const { uid, mode } = statSync(folder)
    if (uid === process.getuid?.() && (mode & OTHERS_MAY_WRITE) === 0) enableCompileCache(folder)
  } catch {
    // A folder that cannot be had: slower, nothing else.
  }
}
