import { randomBytes, timingSafeEqual } from 'node:crypto'
import { sha256 } from '#shared/domain/canonical-json.ts'
import { Fault } from '#shared/domain/fault.ts'
import { parseMachineName } from '#shared/domain/machine.ts'
import { Token, TOKEN_PREFIX } from '#shared/domain/token.ts'
import type { Role } from '#shared/domain/token.ts'
import type { Station } from './needs.ts'
import { parseItem, tokenKey } from './records.ts'

type Needs = Pick<Station, 'table' | 'clock'>

/** The token's record, and the token itself: shown this once, stored only as its SHA-256. */
export interface IssuedToken {
  readonly token: Token
  readonly secret: string
}

/**
 * Issues a token of 256 random bits. An importer needs a machine, an owner an owner's name.
 * @throws Fault `request_invalid`, `name_invalid`
 */
export async function issueToken(
  station: Needs,
  request: { role: Role; label: string; owner?: string | null; machine?: string | null; expiresAt?: string | null },
): Promise<IssuedToken> {
  const machine = request.machine == null ? null : parseMachineName(request.machine)
  const owner = request.owner ?? null
  if (request.role === 'importer' && machine === null) {
    throw new Fault('request_invalid', 'An importer token is for one machine: name it.')
  }
  if (request.role === 'owner' && owner === null) {
    throw new Fault('request_invalid', 'An owner token needs the name of the owner.')
  }

  const secret = `${TOKEN_PREFIX}${randomBytes(32).toString('base64url')}`
  const token: Token = {
    id: randomBytes(8).toString('hex'),
    role: request.role,
    label: request.label,
    owner,
    machine: request.role === 'importer' ? machine : null,
    createdAt: station.clock.now().toISOString(),
    expiresAt: request.expiresAt ?? null,
  }
  const key = tokenKey(sha256(secret))
  try {
    await station.table.put({ ...key, value: token, expect: 'absent' })
  } catch (error) {
    // Whether or not it was stored: nobody knows its secret.
    await station.table.delete(key).catch(() => undefined)
    throw error
  }
  return { token, secret }
}

/**
 * Whose token this is. The look-up is by the hash of what was sent, and the hashes are compared in constant time, so that the time
 * it takes tells nothing. @throws Fault `token_missing` for none, an unknown or an expired one
 */
export async function authenticate(station: Needs, secret: string | null): Promise<Token> {
  const hash = sha256(secret ?? '')
  const item = await station.table.get(tokenKey(hash))
  const matches = timingSafeEqual(Buffer.from(hash), Buffer.from(item?.sort ?? sha256('no such token')))
  const token = parseItem(Token, item)?.value ?? null
  if (secret === null || token === null || !matches) {
    throw new Fault(
      'token_missing',
      secret === null ? 'Send a token: Authorization: Bearer …' : 'The token is not valid.',
    )
  }

  if (token.expiresAt !== null && Date.parse(token.expiresAt) <= station.clock.now().getTime()) {
    throw new Fault('token_missing', `The token ended at ${token.expiresAt}.`)
  }
  return token
}

export async function listTokens(station: Needs): Promise<Token[]> {
  const tokens: Token[] = []
  let cursor: string | null = null
  do {
    const page = await station.table.query({ partition: 'token', limit: 500, ...(cursor === null ? {} : { cursor }) })
    for (const item of page.items) {
      const token = parseItem(Token, item)
      if (token !== null) tokens.push(token.value)
    }
    cursor = page.cursor
  } while (cursor !== null)
  return tokens.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt))
}

/** @throws Fault `not_found` */
export async function revokeToken(station: Needs, id: string): Promise<void> {
  let cursor: string | null = null
  do {
    const page = await station.table.query({ partition: 'token', limit: 500, ...(cursor === null ? {} : { cursor }) })
    const found = page.items.find((item) => parseItem(Token, item)?.value.id === id)
    if (found !== undefined) return await station.table.delete(tokenKey(found.sort))
    cursor = page.cursor
  } while (cursor !== null)
  throw new Fault('not_found', `There is no token "${id}".`)
}
