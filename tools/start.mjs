// `npm start`: installs what is missing, then starts the embedded station and checks this machine. Runs on any Node.js ≥ 20.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { handOver } from './hand-over.mjs'
import { installMissing } from './install.mjs'
import { findNode, NO_NODE } from './node-path.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
installMissing(root)

const node = findNode()
if (node === null) {
  process.stderr.write(`${NO_NODE}\n`)
  process.exit(1)
}

handOver(node, [join(root, 'cli', 'main.ts'), 'up', '--this-machine', ...process.argv.slice(2)])
