import { Fault } from '../fault.ts'

/** Bytes beyond which no report is read. A scan of 300 machines is about 100 MB; several hundred are split by whoever asks for the report. */
export const MAX_REPORT_BYTES = 512 * 1024 * 1024
const PIECE_BYTES = 64 * 1024
const HEAD_BYTES = 1024

type Decoder = InstanceType<typeof TextDecoder>

const ENCODINGS = new Map([
  ['utf-8', 'utf-8'],
  ['utf8', 'utf-8'],
  ['us-ascii', 'utf-8'],
  ['ascii', 'utf-8'],
  ['iso-8859-1', 'windows-1252'],
  ['latin1', 'windows-1252'],
  ['windows-1252', 'windows-1252'],
  ['iso-8859-15', 'iso-8859-15'],
])

/**
 * The text of a report in pieces of at most 64 Ki characters: by its byte order mark, else by what its XML declaration says, else UTF-8.
 * @throws Fault `report_malformed` for bytes that are not of that encoding or an encoding that is not known, `report_too_large`
 */
export async function* decodeReport(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: Decoder | null = null
  let head = new Uint8Array(0)
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > MAX_REPORT_BYTES) {
      throw new Fault('report_too_large', `The report is larger than ${MAX_REPORT_BYTES / 1024 / 1024} MiB.`)
    }
    if (decoder !== null) {
      yield* decodePieces(decoder, chunk)
      continue
    }
    head = join(head, chunk)
    if (head.length < HEAD_BYTES) continue

    decoder = new TextDecoder(findEncoding(head), { fatal: true })
    yield* decodePieces(decoder, head)
  }
  if (decoder === null) {
    decoder = new TextDecoder(findEncoding(head), { fatal: true })
    yield* decodePieces(decoder, head)
  }
  yield decode(decoder, new Uint8Array(0), false)
}

function* decodePieces(decoder: Decoder, bytes: Uint8Array): Generator<string> {
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    yield decode(decoder, bytes.subarray(start, start + PIECE_BYTES), true)
  }
}

function decode(decoder: Decoder, bytes: Uint8Array, stream: boolean): string {
  try {
    return decoder.decode(bytes, { stream })
  } catch (error) {
    throw new Fault('report_malformed', `The report holds bytes that are not ${decoder.encoding}.`, { cause: error })
  }
}

/** The label of the encoding that these first bytes (at most 1,024 count) are in. @throws Fault `report_malformed` */
export function findEncoding(head: Uint8Array): string {
  const [first = 0x20, second = 0x20] = head
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  if (first === 0xef && second === 0xbb) return 'utf-8'
  if (first === 0x3c && second === 0) return 'utf-16le'
  if (first === 0 && second === 0x3c) return 'utf-16be'

  const text = String.fromCharCode(...head.subarray(0, HEAD_BYTES))
  const declared = /^<\?xml[^>]{0,200}?\sencoding\s{0,8}=\s{0,8}["']([\w.:-]{1,40})["']/.exec(text)?.[1]
  if (declared === undefined) return 'utf-8'

  const encoding = ENCODINGS.get(declared.toLowerCase())
  if (encoding !== undefined) return encoding
  throw new Fault(
    'report_malformed',
    `The report says that it is in ${declared}, which is not read or not what it is in.`,
  )
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(first.length + second.length)
  joined.set(first)
  joined.set(second, first.length)
  return joined
}
