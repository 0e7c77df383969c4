/** One package of an index, as its stanza says it. */
export interface Stanza {
  readonly name: string
  readonly version: string
  readonly source: string
  /** The whole stanza, ended by a newline. */
  readonly text: string
}

/** The stanzas of an index's text, in its order. */
export function readStanzas(text: string): Stanza[] {
  return text
    .split('\n\n')
    .filter((stanza) => stanza.trim() !== '')
    .map((body) => {
      const stanza = `${body.trim()}\n`
      const name = fieldOf(stanza, 'Package')
      return {
        name,
        version: fieldOf(stanza, 'Version'),
        source: fieldOf(stanza, 'Source').split(' ')[0] || name,
        text: stanza,
      }
    })
}

/** The value of a field on one line; '' where it is absent. */
export function fieldOf(stanza: string, field: string): string {
  const start = stanza.startsWith(`${field}: `) ? field.length + 2 : stanza.indexOf(`\n${field}: `) + field.length + 3
  if (start === field.length + 2 && !stanza.startsWith(`${field}: `)) return ''

  return stanza.slice(start, stanza.indexOf('\n', start))
}

/** The stanzas as an index. */
export function writeIndex(stanzas: readonly Stanza[]): string {
  return stanzas.map(({ text }) => `${text}\n`).join('')
}
