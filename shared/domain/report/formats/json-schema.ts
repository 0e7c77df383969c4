import { z } from 'zod'

import { Report } from '../report.ts'

/** The JSON Schema (2020-12) of the unified report, as published. Fields that it does not name may be added under the same number. */
export function describeReportSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(Report, { target: 'draft-2020-12', io: 'input' })
  return { $schema, $id: 'lazaret.report/1', title: 'Unified scan report of Lazaret', ...schema }
}
