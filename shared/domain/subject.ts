import { z } from 'zod'
import { canonicalJson, sha256 } from './canonical-json.ts'

/**
 * What a check is about: an inventory under a policy with its repositories. Named by the hash of its content, so that a thousand
 * clones are one subject and are checked once. `policy` and `repositories` are the package system's own.
 */
export const Subject = z.object({
  packageSystem: z.string(),
  inventory: z.string(),
  policy: z.unknown(),
  repositories: z.array(
    z.looseObject({ id: z.string(), packageSystem: z.string(), title: z.string(), unreachable: z.string().nullable() }),
  ),
  problems: z.array(z.string()),
})
export type Subject = z.infer<typeof Subject>

/** The subject's name: SHA-256 (hex) of its canonical JSON. */
export function identifySubject(subject: Subject): string {
  return sha256(canonicalJson(subject))
}

/**
 * Names a result: everything that changes the answer and nothing else. `machineId` only where phased updates make the answer
 * depend on who asks.
 */
export function identifyResult(parts: {
  subject: string
  engineVersion: string
  machineId: string | null
  digests: readonly (string | null)[]
}): string {
  return sha256(canonicalJson(parts))
}
