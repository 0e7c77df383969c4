// Runs a command of the project (`node tools/run.mjs vitest run`) on the Node.js that Lazaret targets, after installing what is missing.
import { spawnSync } from 'node:child_process'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installMissing } from './install.mjs'
import { findNode, NO_NODE } from './node-path.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
installMissing(root)

const node = findNode()
if (node === null) {
  process.stderr.write(`${NO_NODE}\n`)
  process.exit(1)
}

const [command, ...args] = process.argv.slice(2)
const path = [dirname(node), join(root, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter)
const run = spawnSync(command === 'node' ? node : command, args, {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: path },
})
if (run.error) process.stderr.write(`${command}: ${run.error.message}\n`)
process.exit(run.status ?? 1)
