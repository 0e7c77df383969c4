import { Fault } from '../../fault.ts'

/** A clear-signed file taken apart. */
export interface ClearSigned {
  /** The very bytes that the signatures are over (lines end in CR LF, as OpenPGP hashes them): verify these, read these, nothing else. */
  readonly signed: Uint8Array
  /** The armoured signatures. */
  readonly armor: string
}

const BEGIN_MESSAGE = '-----BEGIN PGP SIGNED MESSAGE-----'
const BEGIN_SIGNATURE = '-----BEGIN PGP SIGNATURE-----'
const END_SIGNATURE = '-----END PGP SIGNATURE-----'
const MAX_LINES = 500_000
const MAX_SIGNATURE_LINES = 5000

const HASH_HEADER = /^Hash: ?[A-Za-z0-9, -]{1,200}$/
const SIGNATURE_LINE = /^(?:[A-Za-z0-9+/=]{0,100}|[A-Za-z]{1,20}: ?[ -~]{0,200})$/

/**
 * Takes a clear-signed message apart, far more strictly than OpenPGP (RFC 9580, 7) asks: one message from the first byte to the last
 * (white space may follow), `Hash:` as the only header, every line that begins with a dash escaped, no control characters. Whatever
 * two programs could read differently is refused.
 * @param url where it is from, for what is said of it
 * @throws Fault `repository_refused` naming the URL and the line
 */
export function openClearSigned(file: Uint8Array, url: string): ClearSigned {
  const lines = splitLines(file, url)
  if (lines[0] !== BEGIN_MESSAGE) refuse(url, 1, describeStranger(lines))

  const bodyStart = skipHeaders(lines, url)
  const { body, next } = readBody(lines, bodyStart, url)
  const armor = readSignature(lines, next, url)
  return { signed: Buffer.from(body.join('\r\n'), 'latin1'), armor }
}

/**
 * A detached signature: one armoured block and nothing else but white space.
 * @throws Fault `repository_refused`
 */
export function openDetachedSignature(file: Uint8Array, url: string): string {
  const lines = splitLines(file, url)
  if (lines[0] !== BEGIN_SIGNATURE) refuse(url, 1, 'it is not an armoured signature')

  return readSignature(lines, 0, url)
}

/** One character a byte, so that nothing is lost whatever the encoding. */
function splitLines(file: Uint8Array, url: string): string[] {
  const text = Buffer.from(file.buffer, file.byteOffset, file.byteLength).toString('latin1')
  const lines = text.split('\n', MAX_LINES + 1)
  if (lines.length > MAX_LINES) refuse(url, MAX_LINES, `it has more than ${MAX_LINES} lines`)

  const odd = lines.findIndex(hasControl)
  if (odd >= 0 && lines[0] === BEGIN_MESSAGE) refuse(url, odd + 1, 'it has a control character')

  return lines
}

/** Anything below a space but a tab, and DEL. */
function hasControl(line: string): boolean {
  for (let index = 0; index < line.length; index += 1) {
    const code = line.charCodeAt(index)
    if ((code < 32 && code !== 9) || code === 127) return true
  }
  return false
}

function skipHeaders(lines: readonly string[], url: string): number {
  for (let at = 1; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    if (line === '') return at + 1
    if (!HASH_HEADER.test(line)) refuse(url, at + 1, 'it has a header other than Hash')
  }
  return refuse(url, lines.length, 'it ends within its headers')
}

function readBody(lines: readonly string[], start: number, url: string): { body: string[]; next: number } {
  const body: string[] = []
  for (let at = start; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    if (line === BEGIN_SIGNATURE) return { body, next: at }

    const escaped = line.startsWith('- ')
    if (line.startsWith('-') && !escaped) refuse(url, at + 1, 'a line that begins with a dash is not escaped')

    body.push(withoutTrailingBlanks(escaped ? line.slice(2) : line))
  }
  return refuse(url, lines.length, 'it ends without a signature')
}

/** Spaces and tabs at the end of a line are not signed. */
function withoutTrailingBlanks(line: string): string {
  let end = line.length
  while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '\t')) end -= 1
  return line.slice(0, end)
}

function readSignature(lines: readonly string[], start: number, url: string): string {
  const end = lines.indexOf(END_SIGNATURE, start)
  if (end < 0) refuse(url, lines.length, 'its signature has no end')
  if (end - start > MAX_SIGNATURE_LINES) refuse(url, start + 1, 'its signature is too long')

  for (let at = start + 1; at < end; at += 1) {
    if (!SIGNATURE_LINE.test(lines[at] ?? ''))
      refuse(url, at + 1, 'its signature has a line that does not belong there')
  }
  for (let at = end + 1; at < lines.length; at += 1) {
    if (!/^[ \t]*$/.test(lines[at] ?? '')) refuse(url, at + 1, 'something follows its signature')
  }
  return `${lines.slice(start, end + 1).join('\n')}\n`
}

/** What the file seems to be instead, for whoever has to find out why. */
function describeStranger(lines: readonly string[]): string {
  const beginning = lines.slice(0, 20).join('\n').trimStart().slice(0, 200).toLowerCase()
  const looksLikeHtml =
    beginning.startsWith('<!doctype') || beginning.startsWith('<html') || beginning.startsWith('<?xml')
  if (looksLikeHtml) return 'it is a web page (a log-in page, or an error page sent as success)'

  return 'it is not clear-signed'
}

function refuse(url: string, line: number, what: string): never {
  throw new Fault('repository_refused', `The signed file is refused: ${what}.`, { place: { file: url, line } })
}
