// Installs the dependencies when they are not there or no longer those of package-lock.json. Runs on any Node.js ≥ 20.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { findNode } from './node-path.mjs'

/** `npm ci` in the folder, unless the marker says that this very lock file is installed. Ends the process when npm fails. */
export function installMissing(root) {
  const marker = join(root, 'node_modules', '.lazaret-installed')
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(marker) && readFileSync(marker, 'utf8') === lock) return

  process.stderr.write('Installing what is missing (npm ci) …\n')
  runNpm(root, ['ci'], process.env)
  // npm leaves out optional packages whose engines an older Node.js is not: once more on the Node.js that was just installed.
  const node = findNode()
  if (node !== null && node !== process.execPath) {
    const path = [dirname(node), process.env.PATH ?? ''].join(delimiter)
    runNpm(root, ['install', '--no-save'], { ...process.env, PATH: path })
  }
  writeFileSync(marker, lock)
}

function runNpm(root, args, env) {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const run = spawnSync(npm, [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (run.status !== 0) {
    process.stderr.write(
      'npm could not install the dependencies; its message is above. Lazaret needs the npm registry once.\n',
    )
    process.exit(1)
  }
}
