import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import type { Login } from './login.ts'
import { readBody, send, type Call, type Server } from './send.ts'

export interface Answer {
  readonly status: number
  readonly text: string
}

export interface Ask {
  /** An answer of any of these statuses as it is; all others are faults. */
  (call: Call, statuses: readonly number[]): Promise<Answer>
  /** The body as a stream, for 200; null for 404. */
  stream(call: Call): Promise<IncomingMessage | null>
}

/** Waiting for a server that is busy: so often, first for so long, never longer than this in all. */
export interface Patience {
  readonly tries: number
  readonly firstMs: number
  readonly mostMs: number
}

export const NOT_LICENSED =
  'This edition of Nessus does not let scans be controlled from outside: start them there and import their reports ' +
  '(lazaret report import FILE).'

/**
 * Calls with the login's headers. 429 and 503 are waited for (`Retry-After`, else a second, doubled), one 401 renews a session.
 * Messages hold what the server says, without secrets that it may repeat.
 */
export function openAsk(server: Server, login: Login, patience: Patience): Ask {
  const reach = async (call: Call, accepted: readonly number[]): Promise<IncomingMessage> => {
    let renewed = false
    let waitedMs = 0
    for (let tries = 1; ; tries += 1) {
      const { headers, secrets } = await login.headers()
      const answer = await send(server, call, headers)
      const status = answer.statusCode ?? 0
      if (accepted.includes(status)) return answer

      const said = told(await readBody(answer, false), secrets)
      if (status === 401 && !renewed && login.renew()) {
        renewed = true
        continue
      }
      if (status === 429 || status === 503) {
        const waitMs = retryAfterMs(answer) ?? patience.firstMs * 2 ** (tries - 1)
        if (tries < patience.tries && waitedMs + waitMs <= patience.mostMs) {
          waitedMs += waitMs
          await sleep(waitMs)
          continue
        }
      }
      throw refusal(status, said)
    }
  }

  const ask = async (call: Call, statuses: readonly number[]): Promise<Answer> => {
    const answer = await reach(call, statuses)
    const status = answer.statusCode ?? 0
    return { status, text: await readBody(answer, status === 200) }
  }
  return Object.assign(ask, {
    stream: async (call: Call) => {
      const answer = await reach(call, [200, 404])
      if (answer.statusCode === 200) return answer
      answer.destroy()
      return null
    },
  })
}

/** @throws Fault `scanner_unreachable` for anything of another shape: a proxy's page, a server that is starting */
export function parseAnswer<Shape>(schema: z.ZodType<Shape>, { text }: Answer): Shape {
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    throw new Fault('scanner_unreachable', 'The scanner’s answer has another shape than expected.', {
      cause: (cause as Error).name,
    })
  }
}

function refusal(status: number, said: string): Fault {
  const more = said === '' ? '' : ` It says: ${said}`
  if (status === 412) return new Fault('scanner_refused', NOT_LICENSED)
  if (status === 401) return new Fault('scanner_refused', 'The scanner does not take these credentials.')
  if (status === 403) return new Fault('scanner_refused', `These credentials have not the rights for this.${more}`)
  if (status === 429) return new Fault('scanner_unreachable', 'The scanner is asked too often (HTTP 429).')
  if (status === 409) return new Fault('scanner_unreachable', `The scanner cannot do this now (HTTP 409).${more}`)
  if (status >= 500) return new Fault('scanner_unreachable', `The scanner has trouble (HTTP ${status}).${more}`)
  return new Fault('scanner_refused', `The scanner refuses (HTTP ${status}).${more}`)
}

/** What a server says in its `error` (pages of proxies say nothing that helps), one line, without our secrets. */
function told(text: string, secrets: readonly string[]): string {
  const error = /"error"\s*:\s*"([^"\\]{1,300})"/.exec(text.slice(0, 2000))?.[1] ?? ''
  return secrets
    .filter((secret) => secret !== '')
    .reduce((said, secret) => said.replaceAll(secret, '…'), error)
    .replace(/[^\x20-\x7E…]+/g, ' ')
    .trim()
    .slice(0, 200)
}

/** Seconds only: the other form, a date, is not used by these servers. */
function retryAfterMs({ headers }: IncomingMessage): number | null {
  const text = headers['retry-after'] ?? ''
  return /^\d{1,6}$/.test(text) ? Number(text) * 1000 : null
}
