import { openNumberList, type NumberList } from './number-list.ts'
import { copyBytes, openVarintBuffer, type VarintBuffer } from './varint-buffer.ts'

// Chunks grow with what there is, so that a small repository costs little.
const [FIRST_CHUNK, LAST_CHUNK] = [4096, 1 << 20]

/** Records of variable-length numbers, in one heap. */
export interface RecordWriter {
  number(value: number): void
  numbers(encoded: VarintBuffer): void
  /** The record that the last numbers make is complete. */
  close(): void
  readonly records: number
  readonly bytes: number
  /** The records in another order, in pieces that are not copied, with their offsets (one more than records). */
  gather(order: Uint32Array): { offsets: Uint32Array<ArrayBuffer>; pieces: readonly Uint8Array<ArrayBuffer>[] }
}

export function openRecordWriter(): RecordWriter {
  const record = openVarintBuffer()
  let total = 0
  const chunks: { bytes: Uint8Array<ArrayBuffer>; used: number }[] = []
  const [chunkOf, startOf, lengthOf]: [NumberList, NumberList, NumberList] = [
    openNumberList(),
    openNumberList(),
    openNumberList(),
  ]

  const room = (bytes: number): { bytes: Uint8Array<ArrayBuffer>; used: number } => {
    const last = chunks.at(-1)
    if (last !== undefined && last.used + bytes <= last.bytes.length) return last

    const fresh = {
      bytes: new Uint8Array(Math.max(Math.min(LAST_CHUNK, Math.max(FIRST_CHUNK, total)), bytes)),
      used: 0,
    }
    chunks.push(fresh)
    return fresh
  }
  return {
    number: (value) => record.number(value),
    numbers: (encoded) => record.append(encoded),
    close() {
      const chunk = room(record.length)
      copyBytes(record.bytes, record.length, chunk.bytes, chunk.used)
      chunkOf.push(chunks.length - 1)
      startOf.push(chunk.used)
      lengthOf.push(record.length)
      chunk.used += record.length
      total += record.length
      record.clear()
    },
    get records() {
      return lengthOf.length
    },
    get bytes() {
      return total
    },
    gather(order) {
      const offsets = new Uint32Array(order.length + 1)
      const pieces: Uint8Array<ArrayBuffer>[] = []
      let to = 0
      for (let index = 0; index < order.length;) {
        const first = order[index] ?? 0
        const [chunk, start] = [chunkOf.at(first), startOf.at(first)]
        let end = start
        // Records that follow one another in a chunk are one piece.
        for (let next = first; order[index] === next && chunkOf.at(next) === chunk; next += 1) {
          end += lengthOf.at(next)
          index += 1
          offsets[index] = to + end - start
        }
        const bytes = chunks[chunk]?.bytes
        if (bytes !== undefined) pieces.push(bytes.subarray(start, end))
        to += end - start
      }
      return { offsets, pieces }
    },
  }
}
