import { z } from 'zod'
import { Role, Token } from '#shared/domain/token.ts'
import { issueToken, listTokens, revokeToken } from '#shared/usecases/manage-tokens.ts'
import { defineEndpoint, param } from '../endpoint.ts'

/** An owner's name becomes part of keys. */
export const OwnerName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}$/, 'is not an owner’s name')

/** The secret is in this answer and nowhere else, ever. */
export const IssuedToken = z.object({ schema: z.literal('lazaret.token/1'), token: Token, secret: z.string() })
export const TokenList = z.object({ schema: z.literal('lazaret.tokens/1'), items: z.array(Token) })

const NewToken = z.strictObject({
  role: Role,
  label: z.string().max(200).default(''),
  owner: OwnerName.nullable().default(null),
  machine: z.string().max(253).nullable().default(null),
  expiresAt: z.iso.datetime({ offset: true }).nullable().default(null),
})

const create = defineEndpoint({
  id: 'POST /v1/tokens',
  summary: 'Issues a token. It is shown this once and kept only as its hash.',
  body: { shape: NewToken },
  answers: { 201: IssuedToken },
  handle: async (call) => {
    const issued = await issueToken(call.station, call.body)
    return { status: 201, json: { schema: 'lazaret.token/1', ...issued } }
  },
})

const list = defineEndpoint({
  id: 'GET /v1/tokens',
  summary: 'Every token’s record, never the token.',
  answers: { 200: TokenList },
  handle: async (call) => ({
    status: 200,
    json: { schema: 'lazaret.tokens/1', items: await listTokens(call.station) },
  }),
})

const revoke = defineEndpoint({
  id: 'DELETE /v1/tokens/{id}',
  summary: 'Revokes a token at once.',
  answers: { 204: null },
  handle: async (call) => {
    await revokeToken(call.station, param(call, 'id'))
    return { status: 204 }
  },
})

export const TOKEN_ENDPOINTS = [create, list, revoke]
