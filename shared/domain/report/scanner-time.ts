const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const ISO = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?$/
const ASCTIME = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/

/**
 * A time as scanners write it, as ISO UTC with milliseconds: ISO 8601 (any fraction, any offset), `Fri Mar 21 09:46:41 2014` or seconds since
 * 1970. One without a zone is taken as UTC: whoever wrote it does not say more. null for anything else.
 */
export function readScannerTime(text: string): string | null {
  const trimmed = text.trim()
  if (/^\d{9,10}$/.test(trimmed)) return new Date(Number(trimmed) * 1000).toISOString()

  return readIso(trimmed) ?? readAsctime(trimmed)
}

function readIso(text: string): string | null {
  const match = ISO.exec(text)
  if (match === null) return null

  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = match
  const date = toUtc([year, month, day, hour, minute, second].map(Number))
  if (date === null) return null

  return new Date(date + Number(fraction.padEnd(3, '0').slice(0, 3)) - offsetMs(zone)).toISOString()
}

function readAsctime(text: string): string | null {
  const match = ASCTIME.exec(text)
  if (match === null) return null

  const [, name = '', day, hour, minute, second, year] = match
  const month = MONTHS.indexOf(name) + 1
  const date = toUtc([Number(year), month, ...[day, hour, minute, second].map(Number)])
  return date === null ? null : new Date(date).toISOString()
}

/** Milliseconds since 1970, or null for a day or an hour that there is not. */
function toUtc([year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0]: number[]): number | null {
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return null

  return Date.UTC(year, month - 1, day, hour, minute, second)
}

function offsetMs(zone: string): number {
  if (zone === 'Z') return 0

  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000
}
