import { Fault } from '#shared/domain/fault.ts'
import type { Machine } from '#shared/domain/machine.ts'
import type { Token } from '#shared/domain/token.ts'
import { authenticate } from '#shared/usecases/manage-tokens.ts'
import type { Station } from '#shared/usecases/needs.ts'
import { findMachine } from '#shared/usecases/records.ts'
import type { Access, Scope } from './access.ts'

const BEARER = /^bearer +([A-Za-z0-9._~+/=-]{1,256})$/i

/** Whose request it is, before a byte of its body is read. @throws Fault `token_missing` */
export async function identify(station: Station, request: Request): Promise<Token> {
  const header = request.headers.get('authorization')
  if (header === null) return authenticate(station, null)

  const token = BEARER.exec(header.trim())?.[1]
  if (token === undefined) throw new Fault('token_missing', 'Send one token, so: Authorization: Bearer …')
  return authenticate(station, token)
}

/** How far the token reaches on this route. @throws Fault `not_allowed` */
export function scopeOf(access: Exclude<Access, 'public'>, token: Token): Scope {
  const scope = access[token.role]
  if (scope === 'no') throw new Fault('not_allowed', `A token of the role "${token.role}" may not do this.`)

  return scope
}

/**
 * Is the machine within the token's reach? One that does not exist yet is: an owner may register it, an importer if it is the one
 * that its token is for. @throws Fault `not_allowed`
 */
export async function requireReach(
  station: Pick<Station, 'table'>,
  who: { token: Token | null; scope: Scope },
  name: string,
): Promise<void> {
  const { token, scope } = who
  if (scope === 'any' || token === null) return
  if (token.role === 'importer' && token.machine !== name) throw foreign(name)
  // An importer that the administrator issued may post for its machine whoever owns it.
  if (token.role === 'importer' && token.owner === null) return

  const machine = await findMachine(station.table, name)
  if (machine !== null && !isOwn(token, machine.value)) throw foreign(name)
}

function isOwn(token: Pick<Token, 'owner'>, machine: Pick<Machine, 'owner'>): boolean {
  return token.owner !== null && machine.owner === token.owner
}

/** Whose machines the answer may speak of; null: everyone's. */
export function ownerFilter(who: { token: Token | null; scope: Scope }): string | null {
  if (who.scope === 'any') return null
  // An own scope without an owner reaches nothing, never everything: no owner has the empty name.
  return who.token?.owner ?? ''
}

function foreign(name: string): Fault {
  return new Fault('not_allowed', `The token does not reach the machine "${name}".`)
}
