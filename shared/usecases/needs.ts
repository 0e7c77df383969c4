import type { CheckSettings } from '#shared/domain/settings.ts'
import type { Ports } from '#shared/ports/ports.ts'
import type { Scanning } from '#shared/ports/scanning.ts'
import type { CheckCache } from './check-cache.ts'
import type { Computing } from './computing.ts'

/** What use cases are called with: the ports, the operator's settings, and what this process has opened already. */
export interface Station extends Ports {
  readonly settings: CheckSettings
  readonly cache: CheckCache
  /** Left out: everything is worked out on the thread that asks. */
  readonly computing?: Computing
  /** Left out: nothing is scanned, and no report is taken. */
  readonly scanning?: Scanning
}
