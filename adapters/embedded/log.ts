import { inertJson } from '#shared/domain/text.ts'
import type { Clock } from '#shared/ports/clock.ts'
import type { Log } from '#shared/ports/ports.ts'
import { SYSTEM_CLOCK } from './clock.ts'

const LONGEST_TEXT = 2000
const MOST_MEMBERS = 50
const DEEPEST = 4

// Between `://` and the next slash, blank or quote, up to the last `@`.
const USER_AND_PASSWORD = /:\/\/[^/\s"'<>]*@/g
const SECRET_NAME = /passw|secret|token|authori[sz]ation|cookie|credential/i

/**
 * One JSON line an event: time, level, event, then the fields. Text is inert on a terminal, cut to 2,000 characters and without the
 * users of URLs; a field whose name speaks of a secret keeps its name only.
 */
export function openJsonLog(write: (line: string) => void, clock: Clock = SYSTEM_CLOCK): Log {
  const line =
    (level: string) =>
    (event: string, fields: Readonly<Record<string, unknown>> = {}) => {
      const head = { time: clock.now().toISOString(), level, event }
      const rest = Object.entries(fields).filter(([name]) => !Object.hasOwn(head, name))
      write(`${inertJson({ ...head, ...membersOf(rest, 1) })}\n`)
    }
  return { info: line('info'), warn: line('warn'), error: line('error') }
}

function clean(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return cleanText(value)
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value === null || typeof value !== 'object') return typeof value === 'function' ? undefined : value
  if (depth >= DEEPEST) return '…'
  if (value instanceof Error) return clean({ name: value.name, message: value.message }, depth)
  if (Array.isArray(value)) return value.slice(0, MOST_MEMBERS).map((member) => clean(member, depth + 1))

  return membersOf(Object.entries(value), depth + 1)
}

function membersOf(entries: readonly [string, unknown][], depth: number): Record<string, unknown> {
  const members = entries
    .slice(0, MOST_MEMBERS)
    .map(([name, value]) => [cleanText(name), SECRET_NAME.test(name) ? '(removed)' : clean(value, depth)] as const)
  return Object.fromEntries(members)
}

/** The users go first: the half of a URL at the cut could no longer be told from text. */
function cleanText(text: string): string {
  const cut = text.replaceAll(USER_AND_PASSWORD, '://')
  return cut.length > LONGEST_TEXT ? `${cut.slice(0, LONGEST_TEXT)}…` : cut
}
