import type { Role } from '#shared/domain/token.ts'

/**
 * Who may do what: the one table. A route that is not in it does not exist, and a test asks every cell of it.
 * `any`: whatever machine it is about. `own`: machines, and what belongs to machines, of the token's owner (`owner`), or the one
 * machine that the token is for (`importer`). `no`: 403.
 */
export type Scope = 'any' | 'own'
export type Access = 'public' | Readonly<Record<Role, Scope | 'no'>>

const ADMIN_ONLY = { admin: 'any', owner: 'no', importer: 'no', gate: 'no' } as const
const ADMIN_AND_OWNER = { admin: 'any', owner: 'own', importer: 'no', gate: 'no' } as const
const EVIDENCE = { admin: 'any', owner: 'own', importer: 'own', gate: 'no' } as const
const VERDICT = { admin: 'any', owner: 'own', importer: 'no', gate: 'any' } as const

export const ACCESS = {
  'GET /livez': 'public',
  'GET /readyz': 'public',
  'GET /v1/health': 'public',
  'GET /openapi.json': 'public',
  'GET /v1/openapi.json': 'public',
  'GET /importer.sh': 'public',

  'PUT /v1/machines/{name}/evidence': EVIDENCE,
  'POST /v1/machines/{name}/evidence': EVIDENCE,
  'GET /v1/machines': ADMIN_AND_OWNER,
  'GET /v1/machines/{name}': ADMIN_AND_OWNER,
  'DELETE /v1/machines/{name}': ADMIN_AND_OWNER,
  'GET /v1/machines/{name}/updates': ADMIN_AND_OWNER,
  'GET /v1/machines/{name}/verdict': VERDICT,
  'POST /v1/machines/{name}/verdict': VERDICT,
  'GET /v1/machines/{name}/why': VERDICT,

  'POST /v1/checks': ADMIN_AND_OWNER,
  'GET /v1/checks/{id}': ADMIN_AND_OWNER,

  'POST /v1/scans': ADMIN_AND_OWNER,
  'GET /v1/scans': ADMIN_AND_OWNER,
  'GET /v1/scans/{id}': ADMIN_AND_OWNER,
  'DELETE /v1/scans/{id}': ADMIN_AND_OWNER,
  'GET /v1/scans/{id}/report': ADMIN_AND_OWNER,
  'POST /v1/reports': ADMIN_AND_OWNER,

  'GET /v1/repositories': ADMIN_AND_OWNER,
  'GET /v1/repositories/{id}': ADMIN_AND_OWNER,
  'POST /v1/repositories/{id}/refresh': ADMIN_AND_OWNER,
  'POST /v1/refresh': ADMIN_ONLY,

  'GET /v1/packages': ADMIN_AND_OWNER,
  'GET /v1/packages/{name}': ADMIN_AND_OWNER,

  'POST /v1/tokens': ADMIN_ONLY,
  'GET /v1/tokens': ADMIN_ONLY,
  'DELETE /v1/tokens/{id}': ADMIN_ONLY,

  'GET /v1/queue': ADMIN_ONLY,
  'POST /v1/queue/dead-letters/{id}/redrive': ADMIN_ONLY,
} as const satisfies Record<string, Access>

export type RouteId = keyof typeof ACCESS
