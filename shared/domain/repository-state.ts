import { z } from 'zod'

/** A snapshot as stored in the metadata: the common face is checked, the package system's own fields pass through. */
export const StoredSnapshot = z.looseObject({
  repositoryId: z.string(),
  digest: z.string(),
  lists: z.array(z.looseObject({ key: z.string(), packages: z.number() })),
  gaps: z.array(z.string()),
  warnings: z.array(z.string()),
  verification: z.enum(['verified', 'trusted-by-option']),
  publishedAt: z.string().nullable(),
  validUntil: z.string().nullable(),
})
export type StoredSnapshot = z.infer<typeof StoredSnapshot>

/** A repository that some machine has enabled, with its last good snapshot and its last trouble. Times are ISO UTC. */
export const RepositoryState = z.object({
  repository: z.looseObject({
    id: z.string(),
    packageSystem: z.string(),
    title: z.string(),
    unreachable: z.string().nullable(),
  }),
  firstSeenAt: z.string(),
  snapshot: StoredSnapshot.nullable(),
  /** The last refresh that ended well, changed or not. */
  refreshedAt: z.string().nullable(),
  attemptedAt: z.string().nullable(),
  /** Why the last attempt failed; null after one that ended well. */
  failure: z.object({ status: z.enum(['unreachable', 'refused']), reason: z.string() }).nullable(),
  /** Someone refreshes it until then at the latest. */
  leasedUntil: z.string().nullable(),
  /** The snapshot changed and the re-checks that follow from it are not queued yet: whoever comes next queues them. */
  recheckDue: z.boolean(),
})
export type RepositoryState = z.infer<typeof RepositoryState>

/** Is the last good look younger than the validity period? The repository's own expiry counts too. */
export function isCurrent(state: RepositoryState, now: Date, validitySeconds: number): boolean {
  if (state.snapshot === null || state.refreshedAt === null || state.failure !== null) return false

  const age = (now.getTime() - Date.parse(state.refreshedAt)) / 1000
  return age >= 0 && age <= validitySeconds && !hasExpired(state.snapshot, now)
}

/**
 * Is it time to look again? What had expired already when it was accepted (on the machine's own order) stays expired however often
 * one looks: there the validity period alone counts.
 */
export function isDue(state: RepositoryState, now: Date, validitySeconds: number): boolean {
  if (isCurrent(state, now, validitySeconds)) return false
  if (state.snapshot === null || state.refreshedAt === null) return true

  const expiredWhenAccepted = hasExpired(state.snapshot, new Date(state.refreshedAt))
  if (!expiredWhenAccepted) return true
  return !isCurrent({ ...state, snapshot: { ...state.snapshot, validUntil: null } }, now, validitySeconds)
}

/** The repository said until when its word holds, and that time is over. */
export function hasExpired(snapshot: Pick<StoredSnapshot, 'validUntil'>, now: Date): boolean {
  return snapshot.validUntil !== null && Date.parse(snapshot.validUntil) < now.getTime()
}
