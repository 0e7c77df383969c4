import { z } from 'zod'
import { Fault } from './fault.ts'

/**
 * The name of a machine in its station: a host name in lower case, letters, digits, `.`, `_` and `-`, at most 253 characters.
 * It becomes part of keys and URLs, so nothing else is let in.
 */
export const MachineName = z.string().regex(/^[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?$/)
export type MachineName = z.infer<typeof MachineName>

const ASCII_NAME = /^[A-Za-z0-9._-]{1,253}$/

/** The canonical name. Upper case is folded; everything else that is not a name is refused. @throws Fault `name_invalid` */
export function parseMachineName(text: string): MachineName {
  // Letters outside ASCII are refused before the folding: it would make the Kelvin sign a `k`.
  const name = ASCII_NAME.test(text) ? text.toLowerCase() : ''
  if (MachineName.safeParse(name).success && !name.includes('..')) return name

  throw new Fault(
    'name_invalid',
    'A machine name is 1 to 253 letters, digits, dots, underscores and hyphens, and begins and ends with a letter or digit.',
  )
}

/** What the station knows of a machine. Times are ISO UTC. */
export const Machine = z.object({
  name: MachineName,
  /** Whose it is: the owner of the token that registered it first; null: the administrator's. */
  owner: z.string().nullable(),
  registeredAt: z.string(),
  evidenceAt: z.string(),
  evidenceSha256: z.string(),
  evidenceBytes: z.number(),
  /** Object keys of the evidence kept, newest first. */
  evidenceKeys: z.array(z.string()),
  packageSystem: z.string(),
  /** Names its subject: inventory, policy and repositories together. Clones share one. */
  subject: z.string(),
  inventory: z.string(),
  system: z.object({
    osName: z.string().nullable(),
    osId: z.string().nullable(),
    osVersion: z.string().nullable(),
    machineId: z.string().nullable(),
    architecture: z.string().nullable(),
    packages: z.number(),
  }),
  /** Of its last evidence, for a person. */
  warnings: z.array(z.string()),
})
export type Machine = z.infer<typeof Machine>
