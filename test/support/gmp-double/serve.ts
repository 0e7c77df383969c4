import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { answerRequest, type DoubleState, type Feed, isLoginOf } from './answers.ts'
import { openDoubleModel } from './model.ts'
import { openRequestReader } from './request.ts'

/** What it does once, instead of answering as gvmd would, to a command. */
export type Misdeed =
  /** Does as told, sends so many bytes of the answer, and cuts the connection. */
  | { readonly kind: 'cut'; readonly bytes: number }
  /** The same, and keeps the connection open in silence. */
  | { readonly kind: 'stall'; readonly bytes: number }
  /** Does nothing and says this. */
  | { readonly kind: 'say'; readonly answer: string }

export interface GmpDouble extends DoubleState {
  /** Commands as they came, over all connections. */
  readonly commands: string[]
  readonly connections: { count: number; open: number }
  /** For the next so many commands of this name. */
  misbehave(command: string, misdeed: Misdeed, times?: number): void
  setFeed(feed: Feed): void
  /** Port of a TLS one. */
  port(): number
  close(): Promise<void>
}

/** A gvmd of our own for what the real one will not do on demand; on a unix socket, or with certificates on a port of loopback. */
export async function openGmpDouble(
  listen: { readonly unix: string } | { readonly tls: TlsOptions },
): Promise<GmpDouble> {
  const state: DoubleState = {
    model: openDoubleModel(),
    username: 'lazaret',
    password: 'pass & <word>',
    feed: 'loaded',
  }
  const misdeeds = new Map<string, Misdeed[]>()
  const commands: string[] = []
  const connections = { count: 0, open: 0 }
  const sockets = new Set<Socket>()

  const serve = (socket: Socket): void => {
    let isLoggedIn = false
    connections.count += 1
    connections.open += 1
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      connections.open -= 1
      sockets.delete(socket)
    })
    socket.on(
      'data',
      openRequestReader(
        (request) => {
          commands.push(request.name)
          const misdeed = misdeeds.get(request.name)?.shift()
          if (misdeed?.kind === 'say') {
            socket.write(misdeed.answer)
            return
          }

          let answer: string
          if (request.name === 'authenticate') {
            isLoggedIn = isLoginOf(state, request)
            answer = isLoggedIn
              ? '<authenticate_response status="200" status_text="OK"><role>User</role></authenticate_response>'
              : '<authenticate_response status="400" status_text="Authentication failed"/>'
          } else if (isLoggedIn || request.name === 'get_version') answer = answerRequest(state, request)
          else answer = NOT_LOGGED_IN
          send(socket, answer, misdeed)
        },
        () => socket.destroy(),
      ),
    )
  }

  const server: Server = 'unix' in listen ? createServer(serve) : createTlsServer(listen.tls, serve)
  server.on('connection', (socket: Socket) => socket.on('error', () => undefined))
  await new Promise<void>((resolve) => {
    if ('unix' in listen) server.listen(listen.unix, resolve)
    else server.listen(0, '127.0.0.1', resolve)
  })

  return Object.assign(state, {
    commands,
    connections,
    misbehave: (command: string, misdeed: Misdeed, times = 1) => {
      misdeeds.set(
        command,
        Array.from({ length: times }, () => misdeed),
      )
    },
    setFeed: (feed: Feed) => {
      state.feed = feed
    },
    port: () => {
      const address = server.address()
      return typeof address === 'object' && address !== null ? address.port : 0
    },
    close: async () => {
      state.model.close()
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

const NOT_LOGGED_IN =
  '<gmp_response status="400" status_text="Only command GET_VERSION is allowed before AUTHENTICATE"/>'

function send(socket: Socket, answer: string, misdeed: Misdeed | undefined): void {
  if (misdeed === undefined || misdeed.kind === 'say') {
    socket.write(answer)
    return
  }

  const part = Buffer.from(answer).subarray(0, misdeed.bytes)
  if (misdeed.kind === 'stall') socket.write(part)
  else if (part.length === 0) socket.destroy()
  else socket.write(part, () => socket.destroy())
}
