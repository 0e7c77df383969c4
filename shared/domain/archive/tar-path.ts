/**
 * The path of a member inside the machine: parts joined by one slash, `./` and doubled slashes cut, none leading.
 * `{ refused }` is a sentence's end (`climbs out with ..`): such a name is not mended but refused.
 */
export function normalisePath(name: string, maxBytes: number): { path: string } | { refused: string } {
  if (Buffer.byteLength(name) > maxBytes) return { refused: `has a name of more than ${maxBytes} bytes` }
  if (CONTROL.test(name)) return { refused: 'has a control character in its name' }
  if (name.startsWith('/')) return { refused: 'has an absolute name' }

  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..')) return { refused: 'climbs out with .. in its name' }

  return { path: parts.join('/') }
}

/** The name for a person: control characters as `\xNN`, at most 200 characters. */
export function showName(name: string): string {
  const shown = name.replace(CONTROLS, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
  return shown.length > 200 ? `${shown.slice(0, 200)}…` : shown
}

const CONTROL = /\p{Cc}/u
const CONTROLS = /\p{Cc}/gu
