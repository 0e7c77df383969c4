import type { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import { describeIssues } from './query.ts'

const MAX_JSON_BYTES = 1024 * 1024
const MAX_DEPTH = 32

/**
 * The JSON body in its shape. Nothing is parsed before its size, and nothing is believed before its depth, is known.
 * @throws Fault `media_unsupported`, `request_invalid`
 */
export async function readJsonBody<T>(request: Request, shape: z.ZodType<T>, isOptional: boolean): Promise<T> {
  refuseEncoding(request)
  const bytes = await readBounded(request)
  if (bytes.length === 0 && isOptional) return parseShape(shape, {})

  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') {
    throw new Fault('media_unsupported', 'The body must be sent as application/json.')
  }
  return parseShape(shape, parseJson(bytes))
}

/** A compressed body is nothing that we undo for someone. @throws Fault `media_unsupported` */
export function refuseEncoding(request: Request): void {
  const encoding = request.headers.get('content-encoding')
  if (encoding === null || encoding.trim().toLowerCase() === 'identity') return

  throw new Fault('media_unsupported', 'A Content-Encoding is not taken here: send the body as it is.')
}

async function readBounded(request: Request): Promise<Uint8Array> {
  const claimed = Number(request.headers.get('content-length') ?? 0)
  if (claimed > MAX_JSON_BYTES) throw tooLarge()
  if (request.body === null) return new Uint8Array(0)

  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body) {
    size += chunk.length
    if (size > MAX_JSON_BYTES) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function tooLarge(): Fault {
  return new Fault('request_invalid', `The body is longer than ${MAX_JSON_BYTES} bytes.`)
}

function parseJson(bytes: Uint8Array): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Fault('request_invalid', 'The body is not UTF-8.')
  }
  if (depthOf(text) > MAX_DEPTH) throw new Fault('request_invalid', `The body is nested deeper than ${MAX_DEPTH}.`)

  try {
    return JSON.parse(text)
  } catch {
    throw new Fault('request_invalid', 'The body is not JSON.')
  }
}

/** How deep brackets nest, those inside strings left out. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let isInString = false
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (isInString) {
      if (code === BACKSLASH) at += 1
      else if (code === QUOTE) isInString = false
    } else if (code === QUOTE) isInString = true
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) deepest = Math.max(deepest, (depth += 1))
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1
  }
  return deepest
}

const [QUOTE, BACKSLASH, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d]

function parseShape<T>(shape: z.ZodType<T>, value: unknown): T {
  const parsed = shape.safeParse(value)
  if (parsed.success) return parsed.data

  throw new Fault('request_invalid', `The body is not what it should be: ${describeIssues(parsed.error)}`)
}
