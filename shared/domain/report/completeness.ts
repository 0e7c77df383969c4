import type { ScannerReport } from './finding.ts'
import { cutText, oneLine } from './keep-text.ts'

/** More than these tell nobody more. */
const MAX_REASONS = 50
const MAX_REASON_CHARACTERS = 300

export interface Completeness {
  /** Something a reader should know; the report is none the less complete for it. */
  note(reason: string): void
  /** Something that keeps the report from being complete. */
  doubt(reason: string): void
  judge(): Pick<ScannerReport, 'completeness' | 'reasons'>
}

/** Gathers what speaks against a report. It begins complete: whoever reads must doubt what is not proven. At most 50 reasons of 300 characters. */
export function openCompleteness(): Completeness {
  const reasons = new Set<string>()
  let isPartial = false
  let more = 0

  const add = (reason: string): void => {
    const text = cutText(oneLine(reason), MAX_REASON_CHARACTERS)
    if (reasons.has(text)) return
    if (reasons.size < MAX_REASONS) reasons.add(text)
    else more += 1
  }

  return {
    note: add,
    doubt: (reason) => {
      isPartial = true
      add(reason)
    },
    judge: () => ({
      completeness: isPartial ? 'partial' : 'complete',
      reasons: more === 0 ? [...reasons] : [...reasons, `and ${more} reasons more`],
    }),
  }
}
