import { z } from 'zod'

/**
 * `admin`: everything. `owner`: its own machines only. `importer`: may post evidence for one name. `gate`: may read verdicts.
 */
export const Role = z.enum(['admin', 'owner', 'importer', 'gate'])
export type Role = z.infer<typeof Role>

/** A token as stored: never the token itself, which is shown once; it is found by the SHA-256 of it. */
export const Token = z.object({
  /** Public, for listing and revoking. */
  id: z.string(),
  role: Role,
  /** For a person. */
  label: z.string(),
  /** `owner` and the importers of an owner: whose machines. null: the administrator's. */
  owner: z.string().nullable(),
  /** `importer`: the one name it may post for. */
  machine: z.string().nullable(),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
})
export type Token = z.infer<typeof Token>

/** Secret scanners know tokens by this. */
export const TOKEN_PREFIX = 'lzt_'
