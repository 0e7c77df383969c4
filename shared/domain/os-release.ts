import { readText } from './evidence.ts'
import type { Evidence } from './evidence.ts'

export interface OsRelease {
  /** `debian`, `ubuntu`; null: no such file, or none in it. */
  readonly id: string | null
  /** `12`, `24.04`; null for rolling releases. */
  readonly version: string | null
  readonly codename: string | null
}

/** Which system a machine runs, from `etc/os-release`, else `usr/lib/os-release` (os-release(5)). */
export function readOsRelease(evidence: Evidence): OsRelease {
  const text = readText(evidence, 'etc/os-release') ?? readText(evidence, 'usr/lib/os-release') ?? ''
  const fields = new Map<string, string>()
  for (const line of text.slice(0, 64 * 1024).split('\n')) {
    const equals = line.indexOf('=')
    if (equals > 0 && !line.startsWith('#'))
      fields.set(line.slice(0, equals).trim(), unquote(line.slice(equals + 1).trim()))
  }
  return {
    id: wordOf(fields.get('ID'))?.toLowerCase() ?? null,
    version: wordOf(fields.get('VERSION_ID')),
    codename: wordOf(fields.get('VERSION_CODENAME')),
  }
}

function wordOf(text: string | undefined): string | null {
  return text !== undefined && /^[A-Za-z0-9._+~-]{1,64}$/.test(text) ? text : null
}

function unquote(text: string): string {
  const quote = text[0]
  return (quote === '"' || quote === "'") && text.length > 1 && text.endsWith(quote) ? text.slice(1, -1) : text
}
