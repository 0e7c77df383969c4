/** What XML 1.0 forbids (section 2.2) and a scanned machine can still put into a banner that the scanner copies into its report. */
// oxlint-disable-next-line no-control-regex -- these are the characters in question
const FORBIDDEN = /[\0-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g
const REFERENCE = /&#(?:x0*([0-9a-f]{1,4})|0*(\d{1,5}));/gi
/** More characters than a reference to a forbidden character has, leading zeros set aside. */
const LONGEST_REFERENCE = 16

export interface TextRepair {
  /** The text without what XML forbids; what may be the beginning of a reference is kept back for the next call. */
  write(text: string): string
  /** What was kept back. */
  end(): string
  /** How many characters and references were taken out so far. */
  count(): number
}

/** Takes out characters that XML forbids, raw or as a reference (`&#27;`; GLib's escaping, which gvmd uses, writes those). */
export function openTextRepair(): TextRepair {
  let kept = ''
  let removed = 0

  const drop = (): string => {
    removed += 1
    return ''
  }

  const repair = (text: string): string => {
    const raw = text.replace(FORBIDDEN, drop)
    if (!raw.includes('&#')) return raw

    return raw.replace(REFERENCE, (reference: string, hex: string | undefined, decimal: string | undefined) =>
      isForbidden(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)) ? drop() : reference,
    )
  }

  return {
    write: (text) => {
      const whole = kept + text
      const start = whole.lastIndexOf('&')
      const isOpen = start >= Math.max(0, whole.length - LONGEST_REFERENCE) && !whole.includes(';', start)
      kept = isOpen ? whole.slice(start) : ''
      return repair(isOpen ? whole.slice(0, start) : whole)
    },
    end: () => {
      const rest = repair(kept)
      kept = ''
      return rest
    },
    count: () => removed,
  }
}

function isForbidden(code: number): boolean {
  if (code === 9 || code === 10 || code === 13) return false

  return code < 0x20 || (code >= 0xd800 && code <= 0xdfff) || code === 0xfffe || code === 0xffff
}
