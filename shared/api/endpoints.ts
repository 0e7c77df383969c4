import type { Endpoint } from './endpoint.ts'
import { CHECK_ENDPOINTS } from './routes/checks.ts'
import { EVIDENCE_ENDPOINTS } from './routes/evidence.ts'
import { MACHINE_ENDPOINTS } from './routes/machines.ts'
import { PACKAGE_ENDPOINTS } from './routes/packages.ts'
import { PUBLIC_ENDPOINTS } from './routes/public.ts'
import { QUEUE_ENDPOINTS } from './routes/queue.ts'
import { REPOSITORY_ENDPOINTS } from './routes/repositories.ts'
import { REPORT_ENDPOINTS } from './routes/reports.ts'
import { SCAN_ENDPOINTS } from './routes/scans.ts'
import { TOKEN_ENDPOINTS } from './routes/tokens.ts'

/** Every route of the API. Each has its line in `access.ts`, or it would not compile; a test holds the other direction. */
export const ENDPOINTS: readonly Endpoint[] = [
  ...PUBLIC_ENDPOINTS,
  ...EVIDENCE_ENDPOINTS,
  ...MACHINE_ENDPOINTS,
  ...CHECK_ENDPOINTS,
  ...SCAN_ENDPOINTS,
  ...REPORT_ENDPOINTS,
  ...REPOSITORY_ENDPOINTS,
  ...PACKAGE_ENDPOINTS,
  ...TOKEN_ENDPOINTS,
  ...QUEUE_ENDPOINTS,
]
