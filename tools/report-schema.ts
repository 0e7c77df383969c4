import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describeReportSchema } from '#shared/domain/report/formats/json-schema.ts'

export const SCHEMA_FILE = join(import.meta.dirname, '..', 'docs', 'report.schema.json')

// `node tools/report-schema.ts` writes the published schema of the unified report anew; `npm run format` then lays it out.
if (import.meta.main) await writeFile(SCHEMA_FILE, `${JSON.stringify(describeReportSchema(), null, 2)}\n`)
