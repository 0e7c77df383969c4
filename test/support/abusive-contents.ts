import type { AbuseRow, AbuseWorld } from './api-abuse.ts'

const JSON_TYPE = ['Content-Type', 'application/json'] as const
const GZIP_TYPE = ['Content-Type', 'application/gzip'] as const

export function* bodies(): Generator<AbuseRow> {
  const texts = [
    ['nothing', ''],
    ['no JSON', '{'],
    ['a number', '1'],
    ['a string', '"machine"'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a list of the right', '[{"machine":"web1"}]'],
    ['no key', '{}'],
    ['a number for a name', '{"machine":1}'],
    ['an object for a name', '{"machine":{}}'],
    ['a list for a name', '{"machine":["web1"]}'],
    ['text for a truth value', '{"machine":"web1","force":"true"}'],
    ['an unknown key', '{"machine":"web1","role":"admin"}'],
    ['a prototype', '{"machine":"web1","__proto__":{"force":true}}'],
    ['a constructor', '{"machine":"web1","constructor":{"prototype":{"x":1}}}'],
    ['a bad name', '{"machine":"../x"}'],
    ['a name of 10,000 characters', JSON.stringify({ machine: 'a'.repeat(10_000) })],
    ['depth 33', `{"machine":${'['.repeat(32)}${']'.repeat(32)}}`],
    ['depth 100,000', '['.repeat(100_000)],
    ['a byte order mark', '\ufeff{"machine":"web1"'],
    ['text behind it', '{"machine":"web1"}x'],
    ['comments', '{"machine":"web1"/* */}'],
    ['NaN', '{"machine":NaN}'],
    ['a lone surrogate', String.raw`{"machine":"\ud800"}`],
    ['a NUL', String.raw`{"machine":"a\u0000"}`],
  ] as const
  for (const [what, text] of texts) yield post(`a body with ${what}`, '/v1/checks', text, [400])
  yield post('a body that is no UTF-8', '/v1/checks', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), [400])
  yield post('a body of 1.1 MiB', '/v1/checks', `{"machine":"${'a'.repeat(1.1 * 1024 * 1024)}"}`, [400])
  yield post('a check of a machine that nobody registered', '/v1/checks', '{"machine":"nobody"}', [404])
  const asked = [
    ['an unknown role', { role: 'root' }],
    ['an id of its own', { role: 'gate', id: 'x' }],
    ['an owner without a name', { role: 'owner' }],
    ['an owner with a slash', { role: 'owner', owner: 'a/b' }],
    ['an importer without a machine', { role: 'importer' }],
    ['an importer for a bad name', { role: 'importer', machine: '../x' }],
    ['an end that is no time', { role: 'gate', expiresAt: 'tomorrow' }],
    ['a label of 201 characters', { role: 'gate', label: 'a'.repeat(201) }],
    ['a secret of its own', { role: 'admin', secret: 'lzt_x' }],
  ] as const
  for (const [what, token] of asked) yield post(`a token with ${what}`, '/v1/tokens', JSON.stringify(token), [400])
  yield post('force as text', '/v1/refresh', '{"force":"yes"}', [400])
}

export function* media(): Generator<AbuseRow> {
  const body = Buffer.from('{"machine":"nobody"}')
  const types = [
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    '',
    'x',
    'application/jsonx',
  ]
  for (const type of types) {
    const headers = type === '' ? [] : ['Content-Type', type]
    yield { name: `JSON as "${type}"`, method: 'POST', path: '/v1/checks', headers, body, expected: [415] }
  }
  for (const encoding of ['gzip', 'br', 'deflate', 'gzip, gzip', 'zstd', 'x']) {
    const headers = [...JSON_TYPE, 'Content-Encoding', encoding]
    yield { name: `JSON encoded as ${encoding}`, method: 'POST', path: '/v1/checks', headers, body, expected: [415] }
  }
  const odd = [...JSON_TYPE.slice(0, 1), 'application/json; charset=utf-8']
  yield { name: 'JSON with a charset', method: 'POST', path: '/v1/checks', headers: odd, body, expected: [404] }
}

export function* tokens(world: AbuseWorld): Generator<AbuseRow> {
  yield ask('no token', [], [401])
  yield ask('an empty header', authorization(''), [401])
  yield ask('a scheme alone', authorization('Bearer'), [401])
  yield ask('a scheme and a space', authorization('Bearer '), [401])
  yield ask('a token without a scheme', authorization(world.admin), [401])
  yield ask('a token as Basic', authorization(`Basic ${Buffer.from(`admin:${world.admin}`).toString('base64')}`), [401])
  yield ask('a token as Digest', authorization('Digest username="admin"'), [401])
  yield ask('a token without its end', authorization(`Bearer ${world.admin.slice(0, -1)}`), [401])
  yield ask('a token with one letter more', authorization(`Bearer ${world.admin}a`), [401])
  yield ask('a token in upper case', authorization(`Bearer ${world.admin.toUpperCase()}`), [401])
  yield ask('a prefix alone', authorization('Bearer lzt_'), [401])
  yield ask('a token of 10,000 characters', authorization(`Bearer ${'a'.repeat(10_000)}`), [401])
  yield ask('two tokens in one header', authorization(`Bearer ${world.admin}, Bearer ${world.admin}`), [401])
  yield ask('two headers', [...authorization('Bearer x'), ...authorization(`Bearer ${world.admin}`)], [401])
  yield ask('a token in another header', ['X-Api-Key', world.admin], [401])
  yield ask('a token as a cookie', ['Cookie', `token=${world.admin}`], [401])
  yield ask('a quoted token', authorization(`Bearer "${world.admin}"`), [401])
  yield ask('a token with a wildcard', authorization('Bearer lzt_%'), [401])
  yield ask('a token that is a path', authorization('Bearer ../../admin-token'), [401])
  yield ask('the scheme in lower case', authorization(`bearer ${world.admin}`), [200])
  yield ask('a gate at a list', authorization(`Bearer ${world.gate}`), [403])
  yield {
    name: 'a token in the query',
    method: 'GET',
    path: `/v1/machines?token=${world.admin}`,
    token: null,
    expected: [401],
  }
  const override = ['X-HTTP-Method-Override', 'GET']
  yield { name: 'a method override', method: 'DELETE', path: '/v1/machines', headers: override, expected: [405] }
  const forwarded = ['X-Forwarded-User', 'admin', 'X-Original-URL', '/v1/tokens', 'X-Forwarded-For', '127.0.0.1']
  yield {
    name: 'forwarding headers',
    method: 'GET',
    path: '/v1/machines',
    token: null,
    headers: forwarded,
    expected: [401],
  }
  const origin = ['Origin', 'https://evil.example.org', 'Access-Control-Request-Method', 'PUT']
  yield { name: 'a preflight', method: 'OPTIONS', path: '/v1/machines', token: null, headers: origin, expected: [405] }
}

export function* evidence(): Generator<AbuseRow> {
  yield put('evidence that is nothing', GZIP_TYPE, Buffer.alloc(0), [422])
  yield put('evidence that is text', GZIP_TYPE, Buffer.from('hello'), [422])
  yield put('evidence that is HTML', ['Content-Type', 'text/html'], Buffer.from('<html>'), [415])
  yield put('evidence without a type', [], Buffer.from('x'), [415])
  yield put('evidence as JSON', JSON_TYPE, Buffer.from('{}'), [415])
  yield put('encoded evidence', [...GZIP_TYPE, 'Content-Encoding', 'gzip'], Buffer.from('x'), [415])
  const many = { method: 'PUT', path: `/v1/machines/${'a'.repeat(300)}/evidence`, headers: GZIP_TYPE }
  yield { ...many, name: 'evidence for a long name', body: Buffer.from('x'), expected: [400] }
  yield { ...put('evidence of a gate', GZIP_TYPE, Buffer.from('x'), [401]), token: 'lzt_wrong' }
  yield put('evidence with a query', GZIP_TYPE, Buffer.from('x'), [422])
}

export function* prototypes(): Generator<AbuseRow> {
  for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty']) {
    yield { name: `the package ${name}`, method: 'GET', path: `/v1/packages/${name}`, expected: [200] }
    yield { name: `the check ${name}`, method: 'GET', path: `/v1/checks/${name}`, expected: [404] }
    yield { name: `the repository ${name}`, method: 'GET', path: `/v1/repositories/${name}`, expected: [404] }
    yield { name: `the token ${name}`, method: 'DELETE', path: `/v1/tokens/${name}`, expected: [404] }
  }
  const redrive = '/v1/queue/dead-letters/__proto__/redrive'
  yield { name: 'the dead letter __proto__', method: 'POST', path: redrive, expected: [404] }
  for (const id of ['%00', 'a'.repeat(5000), '..%2f..%2fx', '%f0%9f%9a%a2', '%e2%80%ae']) {
    yield { name: `the check ${id.slice(0, 20)}`, method: 'GET', path: `/v1/checks/${id}`, expected: [400, 404] }
    yield {
      name: `the repository ${id.slice(0, 20)}`,
      method: 'GET',
      path: `/v1/repositories/${id}`,
      expected: [400, 404],
    }
    yield { name: `the token ${id.slice(0, 20)}`, method: 'DELETE', path: `/v1/tokens/${id}`, expected: [400, 404] }
  }
}

function authorization(value: string): string[] {
  return ['Authorization', value]
}

function put(name: string, headers: readonly string[], body: Buffer, expected: readonly number[]): AbuseRow {
  return { name, method: 'PUT', path: '/v1/machines/abuse/evidence', headers, body, expected }
}

function post(name: string, path: string, body: Buffer | string, expected: readonly number[]): AbuseRow {
  return { name, method: 'POST', path, headers: JSON_TYPE, body: Buffer.from(body), expected }
}

function ask(name: string, headers: readonly string[], expected: readonly number[]): AbuseRow {
  return { name, method: 'GET', path: '/v1/machines', token: null, headers, expected }
}
