// `npm start`: installs what is missing, then starts the embedded station and checks this machine. Runs on any Node.js ≥ 20.
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
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

const child = spawn(node, [join(root, 'cli', 'main.ts'), 'up', '--this-machine', ...process.argv.slice(2)], {
  stdio: 'inherit',
})
// A terminal sends Ctrl-C to the whole group; whoever signals this process alone means the station.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 130))
