import { z } from 'zod'
import { Fault, FAULTS } from '#shared/domain/fault.ts'
import type { FaultCode } from '#shared/domain/fault.ts'
import { inertJson } from '#shared/domain/text.ts'

/** What the API answers when it cannot do what was asked (RFC 9457). `code` is stable; `detail` is one sentence for a person. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.string(),
  /** Where in the input the trouble is. */
  place: z.object({ file: z.string().optional(), line: z.number().int().optional() }).optional(),
  requestId: z.string(),
})
export type Problem = z.infer<typeof Problem>

/** The page that explains each code; the fragment is the code. */
const ERRORS_PAGE = 'https://lazaret.example/docs/errors'

/** Codes whose message may hold what only the log should: the answer has the code's meaning instead. */
const INTERNAL = new Set<FaultCode>(['unexpected', 'data_damaged', 'config_invalid'])

/** A fault, or a defect, as a problem document. What is no fault never shows its message. */
export function describeProblem(error: unknown, requestId: string, status?: number): Problem {
  const code: FaultCode = error instanceof Fault ? error.code : 'unexpected'
  const known = FAULTS[code]
  const detail = error instanceof Fault && !INTERNAL.has(code) ? error.message : known.meaning
  const place = error instanceof Fault && !INTERNAL.has(code) && error.place.file !== undefined ? error.place : null
  return {
    type: `${ERRORS_PAGE}#${code}`,
    title: known.meaning,
    status: status ?? known.httpStatus,
    detail: detail.slice(0, 2000),
    code,
    ...(place === null ? {} : { place }),
    requestId,
  }
}

export function problemResponse(problem: Problem, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(inertJson(problem), {
    status: problem.status,
    headers: { ...headers, 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
  })
}
