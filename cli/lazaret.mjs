#!/usr/bin/env node
// The `lazaret` command: finds the Node.js it needs and hands over. Plain JavaScript that an older Node.js understands.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { handOver } from '../tools/hand-over.mjs'
import { installMissing } from '../tools/install.mjs'
import { findNode, NO_NODE } from '../tools/node-path.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const main = join(root, 'cli', 'main.ts')

installMissing(root)
const node = findNode()
if (node === null) {
  process.stderr.write(`${NO_NODE}\n`)
  process.exit(1)
}
if (node === process.execPath) await import(main)
else handOver(node, [main, ...process.argv.slice(2)])
