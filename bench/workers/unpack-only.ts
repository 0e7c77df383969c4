// Unpacks a gzip file and does nothing with it: `unpack-only.ts FILE`. Prints its time.
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

const packed = readFileSync(process.argv[2] ?? '')
const pieces = Array.from({ length: Math.ceil(packed.length / 65_536) }, (_, at) =>
  packed.subarray(at * 65_536, (at + 1) * 65_536),
)
const [started, cpu] = [performance.now(), process.cpuUsage()]
let bytes = 0
for await (const chunk of Readable.from(pieces).pipe(createGunzip({ chunkSize: 65_536 })))
  bytes += (chunk as Uint8Array).length
const ms = performance.now() - started
const used = process.cpuUsage(cpu)
console.log(JSON.stringify({ ms, cpuMs: (used.user + used.system) / 1000, bytes }))
