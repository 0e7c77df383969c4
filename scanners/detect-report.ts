import { Fault } from '#shared/domain/fault.ts'
import { findEncoding } from '#shared/domain/report/decode-report.ts'
import type { ScannerReport } from '#shared/domain/report/finding.ts'
import { readNessusReport } from './nessus/read-report.ts'
import { readNmapReport } from './nmap/read-report.ts'
import { readNucleiReport } from './nuclei/read-report.ts'
import { readOpenvasReport } from './openvas/read-report.ts'

/** Comments before the first element (licences, nmap's command line) are seldom longer. */
const HEAD_BYTES = 64 * 1024

const READERS = new Map([
  ['NessusClientData_v2', readNessusReport],
  ['NessusClientData', readNessusReport],
  ['report', readOpenvasReport],
  ['get_reports_response', readOpenvasReport],
  ['get_results_response', readOpenvasReport],
  ['nmaprun', readNmapReport],
])

/**
 * Translates a report of any scanner that is known, by what it begins with, not by its name.
 * @param machine null: each host's address is the machine's name
 * @throws Fault `report_malformed` for one that is empty or of no known kind too, `report_too_large`
 */
export async function readAnyReport(chunks: AsyncIterable<Uint8Array>, machine: string | null): Promise<ScannerReport> {
  const iterator = chunks[Symbol.asyncIterator]()
  try {
    const head = await readHead(iterator)
    return await findReader(head)(joinAgain(head, iterator), machine)
  } finally {
    await iterator.return?.()
  }
}

async function readHead(iterator: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  while (size < HEAD_BYTES) {
    const { done, value } = await iterator.next()
    if (done === true) break
    parts.push(value)
    size += value.length
  }
  return Buffer.concat(parts)
}

async function* joinAgain(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
}

function findReader(head: Uint8Array): typeof readNessusReport {
  const start = head.subarray(0, HEAD_BYTES)
  const text = new TextDecoder(findEncoding(start)).decode(start).trimStart()
  if (text === '') throw new Fault('report_malformed', 'The report is empty.')
  if (text.startsWith('{') || text.startsWith('[')) return readNucleiReport

  const root = text.startsWith('<') ? findRoot(text) : null
  if (root === null) throw new Fault('report_malformed', 'The file is no report: it is neither XML nor JSON lines.')
  const reader = READERS.get(root)
  if (reader !== undefined) return reader
  throw new Fault(
    'report_malformed',
    `The file is no report of a scanner that is known: it begins with <${root.slice(0, 60)}>.`,
  )
}

/** The name of the first element, past declarations, comments and a document type; null where none begins within the head. */
function findRoot(text: string): string | null {
  let position = 0
  while (position < text.length) {
    position = text.indexOf('<', position)
    if (position < 0) return null

    const end = endOfMarkup(text, position)
    if (end === null) return /^<([^\s/><!?]{1,200})/.exec(text.slice(position, position + 210))?.[1] ?? null
    if (end < 0) return null
    position = end
  }
  return null
}

/** Behind a comment, a declaration or a document type that begins here; -1: it does not end; null: it is none of them. */
function endOfMarkup(text: string, position: number): number | null {
  const closing = text.startsWith('<!--', position)
    ? '-->'
    : text.startsWith('<?', position)
      ? '?>'
      : text.startsWith('<!', position)
        ? '>'
        : null
  if (closing === null) return null

  const end = text.indexOf(closing, position + 2)
  return end < 0 ? -1 : end + closing.length
}
