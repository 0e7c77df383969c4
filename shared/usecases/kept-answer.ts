import { z } from 'zod'
import { canonicalJson, sha256 } from '#shared/domain/canonical-json.ts'
import type { Evidence } from '#shared/domain/evidence.ts'
import { Machine } from '#shared/domain/machine.ts'
import { CheckOutcome } from '#shared/domain/packaging/update.ts'
import { RepositoryState } from '#shared/domain/repository-state.ts'
import type { ObjectStore } from '#shared/ports/object-store.ts'

/**
 * What a check found, kept for the next one of the very same evidence. It holds for the snapshots that it names and no others; how
 * fresh those are, and all else that time changes, is judged anew each time.
 */
export const KeptAnswer = z.object({
  repositories: z.array(RepositoryState.shape.repository),
  /** Of each repository's snapshot; null: it had none. */
  digests: z.array(z.string().nullable()),
  outcome: CheckOutcome,
  /** Of the evidence. */
  warnings: z.array(z.string()),
  system: Machine.shape.system,
})
export type KeptAnswer = z.infer<typeof KeptAnswer>

const keyOf = (evidence: string) => `once/answers/${evidence}.json`

/** Names evidence as one build of Lazaret reads it: another build may read the same files otherwise. */
export function identifyEvidence(evidence: Evidence, build: string): string {
  const files = [...evidence.files].map(([path, bytes]) => [path, sha256(bytes)])
  return sha256(canonicalJson({ build, files: files.toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1)) }))
}

/** null: nothing was kept, or it is not what was kept: then it is worked out again. */
export async function findKeptAnswer(objects: Pick<ObjectStore, 'get'>, evidence: string): Promise<KeptAnswer | null> {
  const stored = await objects.get(keyOf(evidence))
  if (stored === null) return null

  const text = Buffer.from(stored.body).toString('utf8')
  const lineEnd = text.indexOf('\n')
  const json = text.slice(lineEnd + 1)
  // Bytes that went bad on the disk must not read as fewer updates.
  if (sha256(json) !== text.slice(0, lineEnd)) return null

  const parsed = KeptAnswer.safeParse(JSON.parse(json))
  return parsed.success ? parsed.data : null
}

export async function keepAnswer(
  objects: Pick<ObjectStore, 'put'>,
  evidence: string,
  answer: KeptAnswer,
): Promise<void> {
  const json = JSON.stringify(answer)
  await objects.put(keyOf(evidence), Buffer.from(`${sha256(json)}\n${json}`), { cache: true })
}
