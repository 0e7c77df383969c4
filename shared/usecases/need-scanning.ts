import { Fault } from '#shared/domain/fault.ts'
import type { Scanning } from '#shared/ports/scanning.ts'
import type { Station } from './needs.ts'

/** What scans need. @throws Fault `request_invalid` where the station was opened without it */
export function needScanning(station: Pick<Station, 'scanning'>): Scanning {
  if (station.scanning === undefined)
    throw new Fault('request_invalid', 'This station neither scans nor takes reports.')

  return station.scanning
}
