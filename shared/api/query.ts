import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import { inert } from '#shared/domain/text.ts'

/** Page sizes and their default, and where to go on. */
export const PageQuery = {
  limit: z
    .string()
    .regex(/^(?:[1-9][0-9]?|[1-4][0-9]{2}|500)$/, 'must be 1 to 500')
    .transform(Number)
    .default(100),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,2000}$/, 'is not a cursor of ours')
    .optional(),
}

/** `true` or `false` in a query. */
export const Flag = z.enum(['true', 'false']).transform((text) => text === 'true')

/** Seconds that an answer may take. */
export const Within = z
  .string()
  .regex(/^[0-9]{1,3}(?:\.[0-9]{1,3})?$/, 'must be seconds, 0 to 300')
  .transform(Number)
  .refine((seconds) => seconds <= 300, 'must be seconds, 0 to 300')
  .optional()

/** The query in its shape: unknown and repeated parameters are refused. @throws Fault `request_invalid` */
export function parseQuery<T>(url: string, shape: z.ZodType<T>): T {
  const at = url.indexOf('?')
  const given: Record<string, string> = Object.create(null)
  for (const [key, value] of new URLSearchParams(at === -1 ? '' : url.slice(at + 1).split('#')[0])) {
    if (key in given) throw new Fault('request_invalid', `The parameter "${shorten(key)}" is given twice.`)
    given[key] = value
  }
  const parsed = shape.safeParse({ ...given })
  if (parsed.success) return parsed.data

  throw new Fault('request_invalid', `The query is not what it should be: ${describeIssues(parsed.error)}`)
}

/** The first issues of a shape that did not fit, each with its place; text from strangers is cut short. */
export function describeIssues(error: z.ZodError): string {
  const shown = error.issues.slice(0, 3).map((issue) => {
    const path = issue.path.map((part) => shorten(String(part))).join('.')
    const message = shorten(issue.message, 120)
    return path === '' ? message : `${path}: ${message}`
  })
  const more = error.issues.length > 3 ? ` (and ${error.issues.length - 3} more)` : ''
  return `${shown.join('; ')}${more}`
}

function shorten(text: string, most = 40): string {
  return inert(text.length > most ? `${text.slice(0, most)}…` : text)
}
