import { isUtf8 } from 'node:buffer'

/** What of a pax extended header (POSIX.1-2001) changes how the next member is read. */
export interface PaxRecords {
  readonly path?: string
  readonly size?: number
}

/**
 * Reads the records of a pax header: `LENGTH KEY=VALUE NEWLINE`, the length counting itself. Times, owners and the like are passed
 * over. Returns a sentence's end where it is malformed or means something that evidence never holds (a sparse file).
 */
export function parsePax(bytes: Uint8Array): PaxRecords | string {
  const records = new Map<string, string>()
  let at = 0
  while (at < bytes.length) {
    const blank = bytes.indexOf(0x20, at)
    const length = blank === -1 || blank - at > 6 ? Number.NaN : parseDecimal(bytes.subarray(at, blank))
    const end = at + length
    const isWhole = length > blank - at + 2 && end <= bytes.length && bytes[end - 1] === 0x0a
    if (!isWhole) return `has a malformed pax record at byte ${at} of it`

    const record = bytes.subarray(blank + 1, end - 1)
    const equals = record.indexOf(0x3d)
    if (equals < 1) return `has a pax record without a key at byte ${at} of it`

    const key = Buffer.from(record.subarray(0, equals)).toString('latin1')
    if (key.startsWith('GNU.sparse')) return 'is a sparse file'

    const wanted = key === 'path' || key === 'size'
    if (wanted && records.has(key)) return `has two pax records for ${key}`

    const value = record.subarray(equals + 1)
    if (wanted && !isUtf8(value)) return `has a pax ${key} that is not UTF-8`
    if (wanted) records.set(key, Buffer.from(value).toString('utf8'))
    at = end
  }
  return toRecords(records)
}

function toRecords(records: ReadonlyMap<string, string>): PaxRecords | string {
  const path = records.get('path')
  const stated = records.get('size')
  const size = stated === undefined ? undefined : parseDecimal(Buffer.from(stated))
  if (size !== undefined && !Number.isSafeInteger(size)) return 'has a pax size that is no number'

  return { ...(path === undefined ? {} : { path }), ...(size === undefined ? {} : { size }) }
}

function parseDecimal(bytes: Uint8Array): number {
  const text = Buffer.from(bytes).toString('latin1')
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN
}
