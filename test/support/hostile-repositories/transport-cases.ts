import type { Behaviour } from '../misbehaving-server.ts'
import { PACKAGES } from './archive.ts'
import { FAILED, hostile, type HostileCase, type Verdict } from './hostile-case.ts'

const HTML = '<html><body>Please accept the terms of this network.</body></html>'
const BODY = Buffer.alloc(3000, 'x')

/** One way in which a server fails or attacks, whatever it was asked for. */
export interface Trouble {
  readonly name: string
  readonly behaviour: (body: Uint8Array) => Behaviour
  readonly demanded?: readonly Verdict[]
  readonly isSlow?: boolean
}

/** Servers that fail or attack below HTTP's contents: for the Release file in all its forms, and for the package list. */
export function transportCases(canary: string): HostileCase[] {
  return transportTroubles(canary).flatMap(({ name, behaviour, demanded, isSlow }) => [
    hostile(
      `release-${name}`,
      demanded ?? FAILED,
      {
        behave: (served) => {
          const one = behaviour(served.get('InRelease') ?? BODY)
          return { InRelease: one, Release: one, 'Release.gpg': one }
        },
      },
      { isSlow: isSlow === true },
    ),
    hostile(
      `list-${name}`,
      demanded ?? FAILED,
      {
        behave: (served) => {
          const one = behaviour(served.get(`${PACKAGES}.gz`) ?? BODY)
          return { [PACKAGES]: one, [`${PACKAGES}.gz`]: one }
        },
      },
      { isSlow: isSlow === true },
    ),
  ])
}

/** All of them. `canary` is the origin of a server that must not be asked. */
export function transportTroubles(canary: string): Trouble[] {
  return [...statuses(), ...redirects(canary), ...bodies(), ...wires()]
}

function statuses(): Trouble[] {
  return [204, 301, 400, 401, 403, 404, 410, 418, 429, 500, 502, 503, 504].map((status) => ({
    name: `status-${status}`,
    behaviour: () => ({ kind: 'status', status, body: status === 204 ? '' : HTML }),
  }))
}

function to(name: string, location: string): Trouble {
  return { name: `redirect-${name}`, behaviour: () => ({ kind: 'redirect', to: location }) }
}

function redirects(canary: string): Trouble[] {
  return [
    to('itself', '?'),
    to('file', 'file:///etc/passwd'),
    to('ftp', 'ftp://mirror.example.org/'),
    to('empty', ''),
    to('nonsense', 'http://[/'),
    // apt follows these to loopback by design; what it finds there is an archive of nothing.
    to('canary', `${canary}/x`),
    to('canary-without-scheme', `${canary.slice('http:'.length)}/x`),
    to('canary-by-number', `${canary.replace('127.0.0.1', '2130706433')}/x`),
  ]
}

function bodies(): Trouble[] {
  return [
    { name: 'html', behaviour: () => ({ kind: 'status', status: 200, body: HTML }) },
    { name: 'empty', behaviour: () => ({ kind: 'status', status: 200 }) },
    { name: 'zeros', behaviour: () => ({ kind: 'serve', body: Buffer.alloc(5000) }) },
    { name: 'cut', behaviour: (body) => ({ kind: 'cut', body, after: body.length >> 1 }) },
    { name: 'cut-in-peace', behaviour: (body) => ({ kind: 'serve', body: body.subarray(0, body.length >> 1) }) },
    { name: 'promises-more', behaviour: (body) => ({ kind: 'wrong-length', body, promised: body.length + 10 }) },
    { name: 'promises-less', behaviour: (body) => ({ kind: 'wrong-length', body, promised: body.length - 10 }) },
    { name: 'one-byte-changed', behaviour: (body) => ({ kind: 'serve', body: flip(body) }) },
    { name: 'one-byte-more', behaviour: (body) => ({ kind: 'serve', body: Buffer.concat([body, Buffer.from('x')]) }) },
    { name: 'endless', behaviour: () => ({ kind: 'endless' }), isSlow: true },
  ]
}

function raw(name: string, text: string): Trouble {
  return { name, behaviour: () => ({ kind: 'raw', bytes: Buffer.from(text) }) }
}

function wires(): Trouble[] {
  return [
    raw('no-http', '220 mail.example.org ESMTP\r\n'),
    raw('headers-1-mib', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(1_048_576)}\r\n\r\n`),
    raw('two-lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx'),
    raw('negative-length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nxx'),
    raw('cut-chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nab'),
    raw('status-line-only', 'HTTP/1.1 200 OK\r\n'),
    { name: 'hang-up', behaviour: () => ({ kind: 'hang-up' }) },
    { name: 'silent', behaviour: () => ({ kind: 'silent' }), isSlow: true },
    { name: 'drip', behaviour: (body) => ({ kind: 'drip', body, everyMs: 200 }), isSlow: true },
    { name: 'slow-headers', behaviour: () => ({ kind: 'slow-headers', everyMs: 200 }), isSlow: true },
  ]
}

function flip(body: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(body)
  const at = body.length >> 1
  changed[at] = (changed[at] ?? 0) ^ 1
  return changed
}
