import { TAR_BLOCK } from './tar-header.ts'

/**
 * A tar archive of regular files, the same bytes for the same files: in byte order of their paths, mode 0644, owner 0, time 0.
 * ustar; a path of more than 100 bytes goes into a pax header, which GNU tar, bsdtar and busybox read.
 */
export function writeTar(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const paths = [...files.keys()].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const blocks: Uint8Array[] = []
  for (const path of paths) {
    const bytes = files.get(path) ?? new Uint8Array(0)
    if (Buffer.byteLength(path) > NAME_BYTES) {
      const record = paxRecord('path', path)
      blocks.push(headerOf('pax', record.length, 'x'), record, paddingOf(record.length))
    }
    blocks.push(headerOf(path, bytes.length, '0'), bytes, paddingOf(bytes.length))
  }
  blocks.push(Buffer.alloc(2 * TAR_BLOCK))
  return Buffer.concat(blocks)
}

const NAME_BYTES = 100

function headerOf(path: string, sizeBytes: number, type: string): Uint8Array {
  const block = Buffer.alloc(TAR_BLOCK)
  Buffer.from(path).copy(block, 0, 0, NAME_BYTES)
  block.write('0000644\x000000000\x000000000\0', 100, 'latin1')
  block.write(`${sizeBytes.toString(8).padStart(11, '0')}\0${'0'.repeat(11)}\0`, 124, 'latin1')
  block.write(`        ${type}`, 148, 'latin1')
  block.write('ustar\x0000', 257, 'latin1')
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

/** `LENGTH KEY=VALUE NEWLINE`; the length counts its own digits. */
function paxRecord(key: string, value: string): Uint8Array {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  let length = rest
  while (rest + String(length).length !== length) length = rest + String(length).length
  return Buffer.from(`${length} ${key}=${value}\n`)
}

function paddingOf(sizeBytes: number): Uint8Array {
  return Buffer.alloc((TAR_BLOCK - (sizeBytes % TAR_BLOCK)) % TAR_BLOCK)
}
