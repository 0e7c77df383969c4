import { Fault, isFault } from '#shared/domain/fault.ts'
import { readXml, type XmlNode } from '#shared/domain/report/xml-reader.ts'
import { type AnswerStatus, openFrame } from './frame.ts'
import { element, type Markup } from './markup.ts'
import { openSshLine } from './ssh-line.ts'
import { refuse } from './status.ts'
import { type GmpAddress, type GmpLine, openTlsLine, openUnixLine } from './transport.ts'

export interface GmpAccess {
  readonly address: GmpAddress
  readonly username: string
  /** Read each time, so that a new one counts at once. @throws Fault `config_invalid` */
  readonly password: () => string
  readonly limits: GmpLimits
}

/** Milliseconds and bytes. */
export interface GmpLimits {
  readonly connectMs: number
  /** Until an answer begins. */
  readonly firstByteMs: number
  /** gvmd makes a whole report before it sends its beginning. */
  readonly firstReportByteMs: number
  /** Between two pieces of an answer. */
  readonly idleMs: number
  readonly answerBytes: number
  readonly reportBytes: number
}

export const GMP_LIMITS: GmpLimits = {
  connectMs: 10_000,
  firstByteMs: 60_000,
  firstReportByteMs: 600_000,
  idleMs: 60_000,
  answerBytes: 32 * 1024 * 1024,
  reportBytes: 512 * 1024 * 1024,
}

export interface GmpAnswer {
  readonly status: AnswerStatus
  /** Of the root: what was created. '' where there is none. */
  readonly id: string
  /** What is in the root. */
  readonly parts: readonly XmlNode[]
}

/** One connection for one operation: GMP knows no two questions at once. */
export interface GmpSession {
  /** The whole answer, whatever its status. @throws Fault `scanner_unreachable` for one that is cut, late or no GMP */
  ask(request: Markup): Promise<GmpAnswer>
  /** The answer's bytes as they come. Nothing comes where its status is no success. @throws as `ask`, and what `refuse` says */
  stream(request: Markup): AsyncGenerator<Uint8Array>
  close(): void
}

/** Connects and logs in; for what needs no account leave `login` out. @throws Fault; no message holds the password */
export async function openSession(access: GmpAccess, login = true): Promise<GmpSession> {
  const password = login ? access.password() : ''
  const session = sessionOver(await openLine(access), access.limits)
  if (!login) return session

  try {
    const credentials = element(
      'credentials',
      {},
      element('username', {}, access.username),
      element('password', {}, password),
    )
    const { status } = await session.ask(element('authenticate', {}, credentials))
    if (status.code < 200 || status.code >= 300) throw refuse({ ...status, text: withoutSecret(status.text, password) })
    return session
  } catch (error) {
    session.close()
    throw error
  }
}

/** A session for one piece of work. */
export async function withSession<Result>(
  access: GmpAccess,
  work: (session: GmpSession) => Promise<Result>,
): Promise<Result> {
  const session = await openSession(access)
  try {
    return await work(session)
  } finally {
    session.close()
  }
}

async function openLine({ address, limits }: GmpAccess): Promise<GmpLine> {
  if ('unix' in address) return openUnixLine(address.unix, limits.connectMs)
  if ('tls' in address) return openTlsLine(address.tls, limits.connectMs)
  return openSshLine(address.ssh, limits.connectMs)
}

function sessionOver(line: GmpLine, limits: GmpLimits): GmpSession {
  const pieces = line.stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  const broken = async (): Promise<Fault> =>
    (await line.explain()) ??
    new Fault('scanner_unreachable', 'The scanner closed the connection before its answer was whole.')

  const next = async (limitMs: number): Promise<Uint8Array> => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), limitMs)
    })
    const piece = pieces.next().catch(() => ({ done: true, value: undefined }) as const)
    const first = await Promise.race([piece, late])
    clearTimeout(timer)
    if (first === 'late') {
      line.close()
      throw new Fault('scanner_unreachable', `The scanner said nothing for ${limitMs} ms.`)
    }
    if (first.done === true) throw await broken()
    return first.value
  }

  async function* answer(request: Markup, maxBytes: number, firstMs: number): AsyncGenerator<Answered> {
    const frame = openFrame(maxBytes)
    line.stream.write(request.xml)
    for (let limitMs = firstMs; !frame.isWhole(); limitMs = limits.idleMs) {
      const bytes = await next(limitMs)
      frame.take(bytes)
      yield { bytes, status: frame.status() }
    }
  }

  return {
    ask: async (request) => {
      const bytes: Uint8Array[] = []
      for await (const piece of answer(request, limits.answerBytes, limits.firstByteMs)) bytes.push(piece.bytes)
      return readAnswer(bytes)
    },
    stream: async function* (request) {
      let kept: Uint8Array[] = []
      for await (const { bytes, status } of answer(request, limits.reportBytes, limits.firstReportByteMs)) {
        kept.push(bytes)
        if (status === null) continue
        if (status.code < 200 || status.code >= 300) throw refuse(status)
        yield* kept
        kept = []
      }
    },
    close: () => line.close(),
  }
}

interface Answered {
  readonly bytes: Uint8Array
  /** null: the root has not begun. */
  readonly status: AnswerStatus | null
}

/** @throws Fault `scanner_unreachable` for what cannot be read as an answer */
export async function readAnswer(bytes: readonly Uint8Array[]): Promise<GmpAnswer> {
  const parts: XmlNode[] = []
  let status: AnswerStatus = { code: 0, text: '' }
  let id = ''
  const visitor = {
    open: (path: readonly string[], attributes: Readonly<Record<string, string>>) => {
      if (path.length > 1) return 'record' as const
      status = { code: Number(attributes['status']), text: (attributes['status_text'] ?? '').slice(0, 300) }
      id = attributes['id'] ?? ''
      return 'enter' as const
    },
    record: (_path: readonly string[], node: XmlNode) => void parts.push(node),
    close: () => undefined,
  }
  try {
    await readXml(streamOf(bytes), visitor)
  } catch (cause) {
    if (!isFault(cause)) throw cause
    throw new Fault('scanner_unreachable', `The answer cannot be read: ${cause.message}`, { cause })
  }
  return { status, id, parts }
}

async function* streamOf(pieces: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* pieces
}

/** A server may say what it was sent. */
function withoutSecret(text: string, secret: string): string {
  return secret === '' ? text : text.replaceAll(secret, '***')
}
