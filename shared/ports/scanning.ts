import type { ScannerReport } from '#shared/domain/report/finding.ts'
import type { ScanSettings } from '#shared/domain/scan/settings.ts'
import type { Hypervisor } from './hypervisor.ts'
import type { Prober } from './prober.ts'
import type { Scanner } from './scanner.ts'

/** Everything outside that scans need. */
export interface Scanning {
  /** By id, as configured. */
  readonly scanners: ReadonlyMap<string, Scanner>
  /** Asked for a machine in this order. */
  readonly hypervisors: readonly Hypervisor[]
  readonly prober: Prober
  readonly settings: ScanSettings
  /**
   * Translates a report of whatever scanner. `machine` null: each host's address is its machine's name.
   * @throws Fault `report_malformed`, `report_too_large`
   */
  readReport(chunks: AsyncIterable<Uint8Array>, machine: string | null): Promise<ScannerReport>
}
