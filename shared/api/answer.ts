import { inertJson } from '#shared/domain/text.ts'
import type { Answer } from './endpoint.ts'

/** On every answer, problems too. There is no CORS: no page of another origin may read anything. */
export const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const

/** What a handler answered as a response. Nothing that needed a token is kept by anyone in between, unless it has an ETag. */
export function answerResponse(answer: Answer, how: { requestId: string; isPublic: boolean }): Response {
  const headers: Record<string, string> = {
    ...SECURITY_HEADERS,
    'x-request-id': how.requestId,
    'cache-control': how.isPublic ? 'no-cache' : 'no-store',
    ...answer.headers,
  }
  if (answer.text !== undefined) {
    headers['content-type'] = answer.text.type
    return new Response(answer.text.body, { status: answer.status, headers })
  }
  if (answer.json === undefined) return new Response(null, { status: answer.status, headers })

  headers['content-type'] = 'application/json'
  return new Response(inertJson(answer.json), { status: answer.status, headers })
}

/** A body that was made before, with its ETag, or 304 when the asker has it already. */
export function answerWithEtag(request: Request, made: { body: string; etag: string }): Answer {
  const headers = { etag: made.etag, 'cache-control': 'private, no-cache' }
  if (hasEtag(request.headers.get('if-none-match'), made.etag)) return { status: 304, headers }

  return { status: 200, text: { type: 'application/json', body: made.body }, headers }
}

/** RFC 9110, 13.1.2: a list of tags, weak ones count too; `*` is any. */
function hasEtag(header: string | null, etag: string): boolean {
  if (header === null) return false
  if (header.trim() === '*') return true

  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
}
