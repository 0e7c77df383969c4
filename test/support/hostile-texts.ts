/** Texts that do something where they are shown. Each begins with a mark of its own, so that it is found where it came through. */
export const HOSTILE_TEXTS: readonly { readonly name: string; readonly mark: string; readonly text: string }[] = [
  ['ANSI colours', '\u001b[32mok\u001b[0m'],
  ['ANSI that clears the screen', '\u001b[2J\u001b[1;1H'],
  ['an OSC 8 link', '\u001b]8;;http://evil.example.org\u0007click\u001b]8;;\u0007'],
  ['a carriage return that overwrites', 'bad\rfine'],
  ['bidirectional overrides', '\u202egnp.exe\u2066x\u2069'],
  ['zero-width characters', 'a\u200bb\u2060c\ufeffd\u{e0041}\u{e007f}e\u00ad'],
  ['C1 controls', '\u009b31mred\u009d0;title\u009c'],
  ['NUL', 'a\u0000b'],
  ['HTML', '<script>alert(1)</script><img/src=x/onerror=alert(1)>'],
  ['a formula', '=cmd|calc!A1'],
  ['a line and a header', 'a\r\nSet-Cookie: evil=1\r\n\r\nState: up to date'],
  ['a very long text', 'x'.repeat(50_000)],
  ['a flood of marks', `a${'\u0301'.repeat(500)}b${'\u{1e8d0}'.repeat(50)}`],
  ['bytes that are no UTF-8, and a line separator', 'a\ufffd\u2028b\u2029c'],
].map(([name = '', text = ''], at) => ({ name, mark: `zq${at}q`, text: `zq${at}q${text}` }))

/** As a machine or a server sends it: one of them is not even UTF-8. */
export function bytesOf(text: string): Buffer {
  return Buffer.from(Buffer.from(text, 'utf8').toString('latin1').replaceAll('ï¿½', '\u00ff\u00fe'), 'latin1')
}

/** No word of real output is that long. */
const LONGEST = 10_000

/**
 * What is live in a text that a person or a program reads: control characters but for the newlines that end lines, characters that
 * reorder or hide, line separators, heaps of marks, words without end, and lines that begin with a stranger's words. '' when nothing is.
 */
export function whatIsLive(text: string): string {
  const found = /[^\P{C}\n]|[\u2028\u2029]|\p{Default_Ignorable_Code_Point}|\p{M}{6}/u.exec(text)
  if (found !== null)
    return `${JSON.stringify(found[0])} in ${JSON.stringify(text.slice(Math.max(0, found.index - 60), found.index + 20))}`

  const forged = /^(?:Set-Cookie: evil|State: up to date)/m.exec(text)
  if (forged !== null) return `a line that begins with ${forged[0]}`
  const words = text.replaceAll('","', ' ').split(/\s/)
  return words.some((word) => word.length >= LONGEST) ? `a word of more than ${LONGEST} characters` : ''
}
