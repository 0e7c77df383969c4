import type { AbuseRow } from './api-abuse.ts'
import { openRandom } from './apt-world/random.ts'

export function* methods(): Generator<AbuseRow> {
  for (const method of ['PATCH', 'OPTIONS', 'PROPFIND', 'MKCOL', 'LOCK', 'PURGE', 'SEARCH']) {
    yield { name: `${method} of a route`, method, path: '/v1/machines', expected: [405] }
    yield { name: `${method} of nothing`, method, path: '/v1/nothing', expected: [404] }
  }
  yield { name: 'TRACE of a route', method: 'TRACE', path: '/v1/machines', expected: [400, 405, 501] }
  yield { name: 'DELETE of a list', method: 'DELETE', path: '/v1/machines', expected: [405] }
  yield { name: 'PUT of a list', method: 'PUT', path: '/v1/tokens', expected: [405] }
  yield { name: 'POST of a machine', method: 'POST', path: '/v1/machines/web1', expected: [405] }
  yield { name: 'GET of evidence', method: 'GET', path: '/v1/machines/web1/evidence', expected: [405] }
  yield { name: 'GET of a refresh', method: 'GET', path: '/v1/refresh', expected: [405] }
  yield { name: 'HEAD of health', method: 'HEAD', path: '/v1/health', expected: [200] }
  yield { name: 'POST of health', method: 'POST', path: '/v1/health', expected: [405] }
}

export function* paths(): Generator<AbuseRow> {
  yield get('a path with two slashes in front', '//evil.example.org/v1/health', [400])
  yield get('two slashes and a bracket', '//[', [400])
  yield get('two slashes alone', '//', [400])
  yield get('three slashes', '///v1/health', [400])
  yield get('a slash at the end', '/v1/machines/', [404])
  yield get('a slash twice inside', '/v1//machines', [404])
  yield get('an empty name', '/v1/machines//updates', [404])
  yield get('the root', '/', [404])
  yield get('another version', '/v2/machines', [404])
  yield get('upper case', '/V1/MACHINES', [404])
  yield get('a path below a name', '/v1/machines/web1/updates/more', [404])
  yield get('a bad percent sign', '/v1/machines/%zz', [400])
  yield get('half a percent sign', '/v1/machines/web%', [400])
  yield get('a lone continuation byte', '/v1/machines/%80', [400])
  yield get('an overlong slash', '/v1/machines/%c0%af', [400])
  yield get('a surrogate', '/v1/machines/%ed%a0%80', [400])
  yield get('a bad percent sign on no route', '/nothing/%zz', [400])
  yield get('dots that climb', '/v1/machines/../../etc/passwd', [404])
  yield get('encoded dots that climb', '/v1/machines/%2e%2e/%2e%2e/etc/passwd', [404])
  yield get('an asterisk', '*', [400, 404])
  yield get('an absolute target', 'http://evil.example.org/v1/health', [200, 400, 404])
  yield get('an absolute target without host', 'http:///v1/health', [400, 404])
  yield get('a fragment', '/v1/health#x', [200, 400, 404])
  yield get('a target of 20,000 characters', `/v1/${'a'.repeat(20_000)}`, [400, 404, 414, 431])
  yield get('a query of 20,000 characters', `/v1/machines?prefix=${'a'.repeat(20_000)}`, [400, 414, 431])
  yield get('a semicolon in the path', '/v1/machines;x=1', [404])
  yield get('a backslash', '/v1\\machines', [400, 404])
}

export function* names(seed: number): Generator<AbuseRow> {
  const bad = [
    ['a slash', 'a%2fb'],
    ['two dots', '..%2f..%2fetc'],
    ['dots inside', 'a..b'],
    ['a NUL', 'a%00b'],
    ['a newline', 'a%0ab'],
    ['a carriage return and header', 'a%0d%0aX-Evil:%201'],
    ['10,000 characters', 'a'.repeat(10_000)],
    ['254 characters', 'a'.repeat(254)],
    ['a hyphen in front', '-rf'],
    ['a dot in front', '.hidden'],
    ['a dot at the end', 'web1.'],
    ['a space', 'web%201'],
    ['double encoding', 'web%252f1'],
    ['umlauts', 'm%c3%bcller'],
    ['a full-width letter', '%ef%bd%97eb1'],
    ['a Kelvin sign', '%e2%84%aa8s'],
    ['a right-to-left override', 'web%e2%80%ae1'],
    ['an emoji', '%f0%9f%9a%a2'],
    ['a colon', 'web:1'],
    ['a question mark', 'web%3f1'],
    ['a hash', 'web%231'],
    ['a quote', "web'1"],
    ['markup', '%3cscript%3e'],
    ['a command', '$(reboot)'],
    ['an asterisk', '*'],
    ['a percent sign', 'web%25'],
  ] as const
  for (const [what, name] of bad) {
    yield { name: `a name with ${what}`, method: 'GET', path: `/v1/machines/${name}`, expected: [400] }
  }
  for (const name of ['__proto__', 'constructor', 'toString', 'hasownproperty', 'null', 'undefined', '0', 'nan']) {
    // `__proto__` begins with what no name begins with.
    const expected = name.startsWith('_') ? [400] : [404]
    yield { name: `the name ${name}`, method: 'GET', path: `/v1/machines/${name}`, expected }
  }
  const random = openRandom(`names ${seed}`)
  for (let at = 0; at < 20; at += 1) {
    const bytes = Array.from({ length: random.int(1, 12) }, () => random.int(0, 255))
    const name = bytes.map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
    yield { name: `random bytes ${at} as a name`, method: 'GET', path: `/v1/machines/${name}`, expected: [400, 404] }
  }
}

export function* queries(): Generator<AbuseRow> {
  const bad = [
    'limit=0',
    'limit=501',
    'limit=-1',
    'limit=1e3',
    'limit=1.5',
    'limit=',
    'limit=NaN',
    'limit=%20',
    'limit=10&limit=10',
    'limit[]=10',
    'unknown=1',
    '__proto__=1',
    'constructor=1',
    'owner=%2fevil',
    'owner=',
    'prefix=A',
    'prefix=%00',
    'cursor=',
  ]
  for (const query of bad) {
    yield { name: `the query ${query}`, method: 'GET', path: `/v1/machines?${query}`, expected: [400] }
  }
  for (const within of ['-1', '301', '1e9', 'Infinity', '', 'x', '0x10', '1,5']) {
    const path = `/v1/machines/web1/updates?within=${within}`
    yield { name: `within=${within}`, method: 'GET', path, expected: [400] }
  }
  yield { name: 'outdated=yes', method: 'GET', path: '/v1/packages?outdated=yes', expected: [400] }
  yield { name: 'a query where none is taken', method: 'GET', path: '/v1/queue?x=1', expected: [400] }
  yield { name: 'a query on health', method: 'GET', path: '/v1/health?x=1', expected: [400] }
}

export function* cursors(seed: number): Generator<AbuseRow> {
  const forged = [
    ['an empty object', encode({})],
    ['another list', encode({ of: 'tokens', at: 'a' })],
    ['a list that is none', encode({ of: JSON.stringify(['machines', null, '']), at: 7 })],
    ['more keys', encode({ of: JSON.stringify(['machines', null, '']), at: 'a', more: 1 })],
    ['an inner cursor of nobody', encode({ of: JSON.stringify(['machines', null, '']), at: '////' })],
    ['another partition', encode({ of: JSON.stringify(['machines', null, '']), at: 'token/0000' })],
    ['no JSON', Buffer.from('{').toString('base64url')],
    ['no base64', '!!!'],
    ['a path', '..%2f..'],
    ['2,001 characters', 'a'.repeat(2001)],
    ['a prototype', encode({ ['__proto__']: { of: 'x' } })],
  ] as const
  for (const [what, cursor] of forged) {
    yield { name: `a cursor with ${what}`, method: 'GET', path: `/v1/machines?cursor=${cursor}`, expected: [400] }
  }
  const random = openRandom(`cursors ${seed}`)
  for (let at = 0; at < 10; at += 1) {
    const bytes = Buffer.from(Array.from({ length: random.int(1, 60) }, () => random.int(0, 255)))
    const path = `/v1/repositories?cursor=${bytes.toString('base64url')}`
    yield { name: `a random cursor ${at}`, method: 'GET', path, expected: [400] }
  }
}

function get(name: string, path: string, expected: readonly number[]): AbuseRow {
  return { name, method: 'GET', path, expected }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
