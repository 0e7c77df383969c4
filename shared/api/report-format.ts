import { writeCsvReport } from '#shared/domain/report/formats/csv.ts'
import { writeHtmlReport } from '#shared/domain/report/formats/html.ts'
import { writeJsonReport } from '#shared/domain/report/formats/json.ts'
import { writeOcsfReport } from '#shared/domain/report/formats/ocsf.ts'
import { writeXmlReport } from '#shared/domain/report/formats/xml.ts'
import type { Report } from '#shared/domain/report/report.ts'
import type { Answer } from './endpoint.ts'

/** Each format of a report: its media type and how it is written. What scanners said is made harmless by each writer. */
const FORMATS = {
  json: { type: 'application/json', write: writeJsonReport },
  xml: { type: 'application/xml; charset=utf-8', write: writeXmlReport },
  html: { type: 'text/html; charset=utf-8', write: writeHtmlReport },
  csv: { type: 'text/csv; charset=utf-8', write: writeCsvReport },
  /** One event a line. */
  ocsf: { type: 'application/x-ndjson', write: writeOcsfReport },
} as const

export type ReportFormat = keyof typeof FORMATS
export const REPORT_FORMATS = Object.keys(FORMATS) as [ReportFormat, ...ReportFormat[]]

/** The page's own policy lets its styles and script work and nothing else, so that it must not be replaced by the API's. */
const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox allow-scripts"

/** A report in a format, for an answer; a page and a table with a name to be kept under. */
export function writeReportAs(report: Report, format: ReportFormat): Pick<Answer, 'text' | 'headers'> {
  const { type, write } = FORMATS[format]
  const headers = format === 'html' ? { 'content-security-policy': PAGE_POLICY } : {}
  return { text: { type, body: write(report) }, headers }
}
