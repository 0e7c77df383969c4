// Finds the Node.js that Lazaret runs on: this one when it is new enough, else the platform package that npm installed.
// Plain JavaScript that an older Node.js understands, because it runs before that Node.js is found.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export const WANTED_MAJOR = 24

const require = createRequire(import.meta.url)

/** The path of a Node.js ≥ 24, or null. Lazaret never falls back to an older one in silence. */
export function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= WANTED_MAJOR) return process.execPath

  try {
    const folder = dirname(
      require.resolve(`node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}/package.json`),
    )
    const found = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    return existsSync(found) ? found : null
  } catch {
    return null
  }
}

export const NO_NODE =
  `Lazaret needs Node.js ${WANTED_MAJOR} or later; this is ${process.versions.node}, and npm installed no Node.js package for ` +
  `${process.platform}-${process.arch}. Install Node.js ${WANTED_MAJOR} from your distribution or nodejs.org and try again.`
