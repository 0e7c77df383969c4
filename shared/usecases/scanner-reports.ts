import { Fault, isFault } from '#shared/domain/fault.ts'
import { ScannerReport } from '#shared/domain/report/finding.ts'
import type { ScannerObservation, ScannerRun } from '#shared/domain/scan/scanner-run.ts'
import type { ObjectStore } from '#shared/ports/object-store.ts'
import type { Scanner } from '#shared/ports/scanner.ts'
import { needScanning } from './need-scanning.ts'
import type { Station } from './needs.ts'
import { scanObjects } from './scan-records.ts'

const PIECE_BYTES = 4 * 1024 * 1024
/** The longest report that is taken. */
export const MAX_REPORT_BYTES = 512 * 1024 * 1024

type RunName = { readonly scan: string; readonly machine: string; readonly scanner: string }

/** Fetches the report as the scanner writes it and stores it in pieces. Returns how many. @throws Fault of the scanner, `report_too_large` */
export async function collectReport(
  station: Pick<Station, 'objects'>,
  run: ScannerRun,
  scanner: Scanner,
): Promise<number> {
  return storePieces(station.objects, run, scanner.collect(run.ids ?? {}))
}

/** @throws Fault `report_too_large` */
export async function storePieces(
  objects: ObjectStore,
  run: RunName,
  chunks: AsyncIterable<Uint8Array>,
): Promise<number> {
  let [pieces, total, size] = [0, 0, 0]
  let waiting: Uint8Array[] = []
  const flush = async () => {
    await objects.put(scanObjects.piece(run, pieces), Buffer.concat(waiting))
    pieces += 1
    size = 0
    waiting = []
  }
  for await (const chunk of chunks) {
    total += chunk.length
    if (total > MAX_REPORT_BYTES) {
      throw new Fault('report_too_large', `The report is longer than ${MAX_REPORT_BYTES / 1024 / 1024} MiB.`)
    }
    waiting.push(chunk)
    size += chunk.length
    if (size >= PIECE_BYTES) await flush()
  }
  if (size > 0 || pieces === 0) await flush()
  return pieces
}

/** The stored pieces, in order. @throws Fault `data_damaged` when one is gone */
export async function* readPieces(objects: ObjectStore, run: RunName, pieces: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < pieces; at += 1) {
    const piece = await objects.get(scanObjects.piece(run, at))
    if (piece === null) throw new Fault('report_malformed', 'A piece of the fetched report is gone.')
    if (piece.body.length > 0) yield piece.body
  }
}

/** Translates the stored report and stores what it says. Unreadable is an observation: it is fetched again then. */
export async function translateReport(
  station: Pick<Station, 'objects' | 'scanning'>,
  run: ScannerRun,
  scanner: Scanner,
): Promise<ScannerObservation> {
  let report: ScannerReport
  try {
    report = await scanner.translate(readPieces(station.objects, run, run.pieces), run.machine)
  } catch (error) {
    if (!isFault(error, 'report_malformed')) throw error
    return { kind: 'unreadable', message: error.message }
  }

  await storeTranslated(station.objects, run, report)
  const { prober, settings } = needScanning(station)
  const answers =
    settings.scanProbe === 'none'
      ? null
      : (await Promise.all(run.addresses.map((address) => prober.answers(address)))).includes(true)
  return { kind: 'translated', report: summarize(report, answers) }
}

export async function storeTranslated(objects: ObjectStore, run: RunName, report: ScannerReport): Promise<void> {
  await objects.put(scanObjects.translated(run), Buffer.from(JSON.stringify(report)))
}

/** What a scan's end is judged by. */
export function summarize(report: ScannerReport, answersAfter: boolean | null) {
  const complete = report.hosts.filter((host) => host.isComplete)
  return {
    isComplete: report.completeness === 'complete',
    reasons: report.reasons.slice(0, 20),
    completeHosts: complete.length,
    findings: report.findings.length,
    version: report.scannerVersion,
    feedVersion: report.feedVersion,
    authenticated: authenticationOf(complete.map((host) => host.authenticated)),
    answersAfter,
  }
}

/** On every host, or on some not; null where the scanner says nothing. */
function authenticationOf(hosts: readonly (boolean | null)[]): boolean | null {
  const said = hosts.filter((one) => one !== null)
  return said.length === 0 ? null : said.every(Boolean)
}

/** null: none is stored. @throws Fault `data_damaged` */
export async function readTranslated(objects: ObjectStore, run: RunName): Promise<ScannerReport | null> {
  const found = await objects.get(scanObjects.translated(run))
  if (found === null) return null

  const parsed = ScannerReport.safeParse(JSON.parse(Buffer.from(found.body).toString('utf8')))
  if (!parsed.success) throw new Fault('data_damaged', `The stored report of ${run.scanner} is not what it should be.`)
  return parsed.data
}
