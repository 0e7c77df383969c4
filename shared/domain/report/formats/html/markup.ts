import { cutLong, showText } from '../show-text.ts'

/** Markup that is ours: everything else is text. */
export interface Html {
  readonly html: string
}

type Part = Html | string | number | null | readonly Html[]

/**
 * Markup from a template: what is put in is text and escaped, in elements and in quoted attributes alike, unless it is markup made here.
 * Newlines of texts are line breaks; no line of the page begins with a stranger's words.
 */
export function html(template: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let written = ''
  for (const [at, text] of readTemplate(template).entries()) written += text + writePart(parts[at] ?? null)
  return { html: written }
}

const templates = new WeakMap<TemplateStringsArray, readonly string[]>()

/** Without the indentation that it has here. */
function readTemplate(template: TemplateStringsArray): readonly string[] {
  const known = templates.get(template)
  if (known !== undefined) return known

  const read = template.map((text) => text.replaceAll(/\n\s*/g, '\n '))
  templates.set(template, read)
  return read
}

/** A text of at most `max` characters. */
export function brief(text: string, max: number): Html {
  return { html: escapeHtml(cutLong(text, max)) }
}

/** For the content of `style` and `script` that is ours. */
export function raw(text: string): Html {
  return { html: text }
}

export const NOTHING: Html = { html: '' }

function writePart(part: Part): string {
  if (part === null) return ''
  if (typeof part === 'number') return String(part)
  if (typeof part === 'string') return escapeHtml(part)

  return 'html' in part ? part.html : part.map((one) => one.html).join('')
}

function escapeHtml(text: string): string {
  return showText(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
    .replaceAll('`', '&#96;')
    .replaceAll('=', '&#61;')
    .replaceAll('\n', '<br>')
}
