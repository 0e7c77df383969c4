import { Fault } from '#shared/domain/fault.ts'

/** What XML 1.0 forbids (section 2.2): gvmd closes the connection over it. */
// oxlint-disable-next-line no-control-regex -- these are the characters in question
const FORBIDDEN = /[\0-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&apos;'],
])

/** XML that is safe to send. Only `element` makes it. */
export interface Markup {
  readonly xml: string
}

/**
 * One element of a request; texts and attributes are escaped, attributes that are undefined left out.
 * @throws Fault `scanner_refused` for characters that XML cannot hold; the message does not repeat them
 */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | undefined>>,
  ...content: readonly (Markup | string)[]
): Markup {
  const start = Object.entries(attributes)
    .map(([key, value]) => (value === undefined ? '' : ` ${key}="${escape(value)}"`))
    .join('')
  const inside = content.map((part) => (typeof part === 'string' ? escape(part) : part.xml)).join('')
  return { xml: inside === '' ? `<${name}${start}/>` : `<${name}${start}>${inside}</${name}>` }
}

function escape(text: string): string {
  if (FORBIDDEN.test(text)) throw new Fault('scanner_refused', 'A name or option holds control characters.')
  return text.replace(/[&<>"']/g, (character) => ESCAPES.get(character) ?? '')
}
