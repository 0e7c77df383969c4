import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import { readBody, send, type Server } from './send.ts'

/** Secrets are read when they are needed: a new key counts at once, and none stays in memory for long. */
export type Credentials =
  | { readonly kind: 'keys'; readonly readKeys: () => { readonly access: string; readonly secret: string } }
  | { readonly kind: 'session'; readonly username: string; readonly readPassword: () => string }

export interface Login {
  /** Headers of a call, and what must never be told of them. */
  headers(): Promise<{ readonly headers: Readonly<Record<string, string>>; readonly secrets: readonly string[] }>
  /** The server did not take them. True: there is something new to try. */
  renew(): boolean
  end(): Promise<void>
}

const KEY = /^[\x21-\x3A\x3C-\x7E]{1,500}$/
const Token = z.object({ token: z.string().regex(KEY) })

export function openLogin(server: Server, credentials: Credentials): Login {
  return credentials.kind === 'keys' ? keyLogin(credentials) : sessionLogin(server, credentials)
}

function keyLogin({ readKeys }: Extract<Credentials, { kind: 'keys' }>): Login {
  return {
    headers: async () => {
      const { access, secret } = readKeys()
      if (!KEY.test(access) || !KEY.test(secret)) {
        throw new Fault('config_invalid', 'An API key of the scanner holds characters that no key has.')
      }
      return { headers: { 'x-apikeys': `accessKey=${access}; secretKey=${secret}` }, secrets: [access, secret] }
    },
    renew: () => false,
    end: async () => {},
  }
}

/** One session for all calls; two calls at once share its making. */
function sessionLogin(server: Server, credentials: Extract<Credentials, { kind: 'session' }>): Login {
  let session: Promise<{ token: string; password: string }> | null = null

  const begin = async () => {
    const { username } = credentials
    const password = credentials.readPassword()
    const answer = await send(server, { method: 'POST', path: '/session', body: { username, password } }, {})
    const status = answer.statusCode ?? 0
    const text = await readBody(answer, status === 200)
    if (status === 401 || status === 403) {
      throw new Fault('scanner_refused', 'The scanner does not take this user and password.')
    }
    if (status !== 200) throw new Fault('scanner_unreachable', `The scanner let nobody in (HTTP ${status}).`)
    return { token: readToken(text), password }
  }

  return {
    headers: async () => {
      session ??= begin()
      try {
        const { token, password } = await session
        return { headers: { 'x-cookie': `token=${token}` }, secrets: [token, password] }
      } catch (error) {
        session = null
        throw error
      }
    },
    renew: () => {
      session = null
      return true
    },
    end: async () => {
      const last = await session?.catch(() => null)
      session = null
      if (last === undefined || last === null) return

      const call = { method: 'DELETE', path: '/session' } as const
      await send(server, call, { 'x-cookie': `token=${last.token}` }).then(
        (answer) => void answer.destroy(),
        () => {},
      )
    },
  }
}

function readToken(text: string): string {
  try {
    return Token.parse(JSON.parse(text)).token
  } catch (cause) {
    // The text may hold the token: it is no cause to pass on.
    throw new Fault('scanner_unreachable', 'The scanner gave no session.', { cause: (cause as Error).name })
  }
}
