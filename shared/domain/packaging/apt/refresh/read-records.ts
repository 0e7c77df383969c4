import { RECORD_FIELDS } from './list-layout.ts'
import type { AptOffer, MultiArch } from '../model.ts'

/** The offers in the records of one name. null: they are not whole records. */
export function readRecords(name: string, text: string): readonly AptOffer[] | null {
  const lines = text.split('\n')
  if (lines.pop() !== '' || lines.length === 0 || lines.length % RECORD_FIELDS.length !== 0) return null

  const offers: AptOffer[] = []
  for (let at = 0; at < lines.length; at += RECORD_FIELDS.length) offers.push(readRecord(name, lines, at))
  return offers
}

function readRecord(name: string, lines: readonly string[], at: number): AptOffer {
  const version = lines[at + 1] ?? ''
  const { source, sourceVersion } = readSource(lines[at + 2] ?? '', name, version)
  return {
    name,
    architecture: lines[at] ?? '',
    version,
    source,
    sourceVersion,
    multiArch: readMultiArch(lines[at + 3] ?? ''),
    essential: isYes(lines[at + 4] ?? ''),
    installedSize: lines[at + 5] ?? '',
    size: lines[at + 6] ?? '',
    phasedPercentage: readPercentage(lines[at + 7] ?? ''),
    relations: {
      depends: lines[at + 8] ?? '',
      preDepends: lines[at + 9] ?? '',
      conflicts: lines[at + 10] ?? '',
      breaks: lines[at + 11] ?? '',
      replaces: lines[at + 12] ?? '',
      provides: lines[at + 13] ?? '',
      recommends: lines[at + 14] ?? '',
    },
  }
}

/** `foo (1.0)`: a source whose version differs from the binary's; nothing: the package's own name and version. */
function readSource(field: string, name: string, version: string): { source: string; sourceVersion: string } {
  if (field === '') return { source: name, sourceVersion: version }

  const open = field.indexOf('(')
  if (open < 0) return { source: field, sourceVersion: version }

  const close = field.indexOf(')', open)
  return {
    source: field.slice(0, open).trim(),
    sourceVersion: field.slice(open + 1, close < 0 ? undefined : close).trim(),
  }
}

function readMultiArch(field: string): MultiArch {
  return field === 'same' || field === 'foreign' || field === 'allowed' ? field : 'no'
}

// The words that apt takes for true (StringToBool).
const YES = new Set(['yes', 'true', 'with', 'on', 'enable', '1'])

function isYes(field: string): boolean {
  return field !== '' && YES.has(field.toLowerCase())
}

/** 100 where absent or not a number. */
function readPercentage(field: string): number {
  return /^\d{1,3}$/.test(field) ? Math.min(100, Number(field)) : 100
}
