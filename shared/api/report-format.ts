import { inertJson } from '#shared/domain/text.ts'
import type { Report } from '#shared/domain/report/report.ts'
import type { Answer } from './endpoint.ts'

/** Each format of a report: its media type and how it is written. */
const FORMATS = {
  json: { type: 'application/json', write: (report: Report) => inertJson(report) },
} as const

export type ReportFormat = keyof typeof FORMATS
export const REPORT_FORMATS = Object.keys(FORMATS) as [ReportFormat, ...ReportFormat[]]

/** A report in a format, for an answer. What scanners said is made harmless by the writer of each format. */
export function writeReportAs(report: Report, format: ReportFormat): Pick<Answer, 'text'> {
  const { type, write } = FORMATS[format]
  return { text: { type, body: write(report) } }
}
