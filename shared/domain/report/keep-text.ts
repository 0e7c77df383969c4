/** Characters that one report may keep in all. What comes later is left out, never the finding itself. */
const MAX_KEPT_CHARACTERS = 24 * 1024 * 1024

export interface TextKeeper {
  /** The text without white space around it, cut to `max` characters with a word about it; '' once the whole report has kept too much. */
  keep(text: string, max: number): string
  /** The same for what is short and needed to tell findings apart: not counted, never left out. */
  keepBrief(text: string, max: number): string
  /** Were texts left out because the report has too many of them? */
  isFull(): boolean
}

/**
 * Keeps texts of a report that is read as a stream: each text once however often it is said, and as a copy, since a piece of a string
 * holds on to the whole string that it was cut from.
 */
export function openTextKeeper(): TextKeeper {
  const texts = new Map<string, string>()
  let kept = 0
  let isFull = false

  const copyOnce = (text: string): string => {
    const copy = copyText(text)
    texts.set(copy, copy)
    return copy
  }

  return {
    keep: (text, max) => {
      const cut = cutText(text.trim(), max)
      const known = cut === '' ? cut : texts.get(cut)
      if (known !== undefined) return known
      if (kept + cut.length > MAX_KEPT_CHARACTERS) {
        isFull = true
        return ''
      }
      kept += cut.length
      return copyOnce(cut)
    },
    keepBrief: (text, max) => {
      const cut = cutText(text.trim(), max)
      return texts.get(cut) ?? copyOnce(cut)
    },
    isFull: () => isFull,
  }
}

// oxlint-disable-next-line no-control-regex -- these are the characters in question
const CONTROL = /[\0-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g

/**
 * At most `max` characters, the last of which say how many more there were. Without control characters and halves of characters: JSON can hold
 * them, and no terminal, XML or database should ever see them.
 */
export function cutText(text: string, max: number): string {
  const isWhole = text.length <= max
  const start = isWhole ? text : text.slice(0, Math.max(0, max - sayMore(text.length).length))
  const whole = /[\ud800-\udbff]$/.test(start) ? start.slice(0, -1) : start
  const clean = whole.replace(CONTROL, '').toWellFormed()
  return isWhole ? clean : clean + sayMore(text.length - whole.length)
}

function sayMore(characters: number): string {
  return ` … [${characters} characters more]`
}

/** The same text in memory of its own: a byte a character where that is enough. */
export function copyText(text: string): string {
  if (!/[^\0-\xff]/.test(text)) return Buffer.from(text, 'latin1').toString('latin1')

  return Buffer.from(text, 'utf16le').toString('utf16le')
}

/** One line: each run of white space is one space. For names and titles, which scanners break and indent. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
