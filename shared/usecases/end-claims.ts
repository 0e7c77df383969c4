import { MachineRun } from '#shared/domain/scan/machine-run.ts'
import { ScannerRun } from '#shared/domain/scan/scanner-run.ts'
import { succeeds } from './keep-object.ts'
import type { Station } from './needs.ts'
import { parseItem } from './records.ts'
import { openScanKey, runsOf, walkItems } from './scan-records.ts'

/**
 * Takes every claim on a step of a scan away. Only while nobody works: whoever had them is dead, and others would wait for their end.
 * Returns how many.
 */
export async function endClaims(station: Pick<Station, 'table'>): Promise<number> {
  let ended = 0
  for await (const { sort: scan } of walkItems(station.table, openScanKey('').partition)) {
    for await (const item of walkItems(station.table, runsOf(scan))) {
      const run = item.sort.includes('/') ? parseItem(ScannerRun, item) : parseItem(MachineRun, item)
      if (run === null || run.value.claim === null) continue

      const { partition, sort } = item
      const value = { ...run.value, claim: null }
      if (await succeeds(station.table.put({ partition, sort, value, expect: run.version }))) ended += 1
    }
  }
  return ended
}
