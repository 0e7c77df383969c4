import { Fault, describePlace } from '../fault.ts'

/** Evidence that cannot be read as what it should be; the sentence begins with the place, as every message about a file does. */
export function malformed(file: string, line: number, what: string): Fault {
  const place = { file, line }
  return new Fault('evidence_malformed', `${describePlace(place)}: ${what}`, { place })
}

/** More than one machine may ask for. */
export function beyondQuota(file: string, what: string): Fault {
  return new Fault('quota_exceeded', `${file}: ${what}`, { place: { file } })
}

/** More than is read at all. */
export function tooLarge(file: string, what: string): Fault {
  return new Fault('evidence_too_large', `${file}: ${what}`, { place: { file } })
}
