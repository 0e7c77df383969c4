import type { Report } from '../report.ts'
import { writeCsvReport } from './csv.ts'
import { writeHtmlReport } from './html.ts'
import { writeJsonReport } from './json.ts'
import { writeOcsfReport } from './ocsf.ts'
import { writeXmlReport } from './xml.ts'

interface ReportFormat {
  readonly mediaType: string
  readonly write: (report: Report) => string
}

/** Every format that the unified report is written in. Nothing that a scanner says does anything in any of them. */
export const REPORT_WRITERS = {
  json: { mediaType: 'application/json', write: writeJsonReport },
  xml: { mediaType: 'application/xml; charset=utf-8', write: writeXmlReport },
  html: { mediaType: 'text/html; charset=utf-8', write: writeHtmlReport },
  csv: { mediaType: 'text/csv; charset=utf-8', write: writeCsvReport },
  ocsf: { mediaType: 'application/x-ndjson', write: writeOcsfReport },
} as const satisfies Record<string, ReportFormat>
