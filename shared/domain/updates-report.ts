import { z } from 'zod'
import type { CheckOutcome, UpdateKind } from './packaging/update.ts'
import { Freshness, LocalPackage, Replacement, Update } from './packaging/update.ts'
import { hasExpired, isCurrent } from './repository-state.ts'
import type { RepositoryState } from './repository-state.ts'
import { describeAge } from './text.ts'

export const UpdateCounts = z.object({
  packages: z.number(),
  updates: z.number(),
  security: z.number(),
  bugfix: z.number(),
  enhancement: z.number(),
  unknown: z.number(),
  installable: z.number(),
  heldBack: z.number(),
  local: z.number(),
  /** Newer versions that the machine's own configuration hides from its package manager. */
  hidden: z.number(),
  /** Packages that others of other names take the place of. */
  replacements: z.number(),
})
export type UpdateCounts = z.infer<typeof UpdateCounts>

/** What `updates` prints and the API answers: `lazaret.updates/1`. Fields are only ever added under this number. */
export const UpdatesReport = z.object({
  schema: z.literal('lazaret.updates/1'),
  machine: z.string(),
  checkedAt: z.string(),
  freshness: Freshness,
  /** Why it is not fresh: one sentence each. Empty exactly when fresh. */
  reasons: z.array(z.string()),
  counts: UpdateCounts,
  updates: z.array(Update),
  local: z.array(LocalPackage),
  hidden: z.array(Update),
  replacements: z.array(Replacement),
  warnings: z.array(z.string()),
  /** From which snapshots, of what age, the answer was drawn. */
  repositories: z.array(
    z.object({
      title: z.string(),
      refreshedAt: z.string().nullable(),
      publishedAt: z.string().nullable(),
      verification: z.enum(['verified', 'trusted-by-option', 'none']),
    }),
  ),
})
export type UpdatesReport = z.infer<typeof UpdatesReport>

export function countUpdates(outcome: CheckOutcome): UpdateCounts {
  const of = (kind: UpdateKind) => outcome.updates.filter((update) => update.kind === kind).length
  const installable = outcome.updates.filter((update) => update.installable).length
  return {
    packages: outcome.packages,
    updates: outcome.updates.length,
    security: of('security'),
    bugfix: of('bugfix'),
    enhancement: of('enhancement'),
    unknown: of('unknown'),
    installable,
    heldBack: outcome.updates.length - installable,
    local: outcome.local.length,
    hidden: outcome.hidden?.length ?? 0,
    replacements: outcome.replacements?.length ?? 0,
  }
}

/** All that is newer than what is installed, whether the machine's package manager lists it or its configuration hides it. */
export function listOutstanding(found: Pick<CheckOutcome, 'updates' | 'hidden' | 'replacements'>): readonly Update[] {
  return [...found.updates, ...(found.replacements ?? []), ...(found.hidden ?? [])]
}

/**
 * How far an outcome can be trusted now. Anything that the outcome itself could not know makes it `unknown`; a repository whose
 * last good look is older than its validity period makes it `stale`. Only when nothing is amiss it is `fresh`.
 */
export function judgeFreshness(
  outcome: Pick<CheckOutcome, 'unknowns'>,
  states: readonly RepositoryState[],
  now: Date,
  validitySeconds: number | ((repositoryUri: string) => number),
): { freshness: Freshness; reasons: string[] } {
  const never = states
    .filter((state) => state.snapshot === null)
    .map((state) => `${state.repository.title}: ${whyMissing(state)}`)
  // The check names a repository without a snapshot by its title; the sentence above says the same with the reason.
  const titles = states.filter((state) => state.snapshot === null).map((state) => `${state.repository.title}:`)
  const unknowns = outcome.unknowns.filter((unknown) => !titles.some((title) => unknown.startsWith(title)))
  const stale = states
    .filter((state) => state.snapshot !== null)
    .filter((state) => !isCurrent(state, now, validityOf(state, validitySeconds)))
    .map((state) => `${state.repository.title}: ${whyStale(state, now)}`)

  const unknownReasons = [...never, ...unknowns]
  const freshness = unknownReasons.length > 0 ? 'unknown' : stale.length > 0 ? 'stale' : 'fresh'
  return { freshness, reasons: [...unknownReasons, ...stale] }
}

function validityOf(state: RepositoryState, validity: number | ((title: string) => number)): number {
  return typeof validity === 'number' ? validity : validity(state.repository.title)
}

function whyMissing(state: RepositoryState): string {
  if (state.failure !== null) return `never fetched: ${state.failure.reason}`

  return state.repository.unreachable ?? 'not fetched yet'
}

function whyStale(state: RepositoryState, now: Date): string {
  const age = state.refreshedAt === null ? 'at an unknown time' : `${describeAge(state.refreshedAt, now)} ago`
  if (state.failure !== null) return `last fetched ${age}; then: ${state.failure.reason}`
  if (state.snapshot !== null && hasExpired(state.snapshot, now)) {
    return `its own validity ended at ${state.snapshot.validUntil}`
  }
  return `last fetched ${age}`
}

/** The report of one machine at one moment. */
export function reportUpdates(input: {
  machine: string
  checkedAt: string
  outcome: CheckOutcome
  states: readonly RepositoryState[]
  now: Date
  validitySeconds: number | ((title: string) => number)
  warnings: readonly string[]
}): UpdatesReport {
  const { outcome } = input
  return {
    schema: 'lazaret.updates/1',
    machine: input.machine,
    checkedAt: input.checkedAt,
    ...judgeFreshness(outcome, input.states, input.now, input.validitySeconds),
    counts: countUpdates(outcome),
    updates: outcome.updates,
    local: outcome.local,
    hidden: outcome.hidden ?? [],
    replacements: outcome.replacements ?? [],
    warnings: [...new Set([...input.warnings, ...outcome.warnings])],
    repositories: input.states.map((state) => ({
      title: state.repository.title,
      refreshedAt: state.refreshedAt,
      publishedAt: state.snapshot?.publishedAt ?? null,
      verification: state.snapshot?.verification ?? ('none' as const),
    })),
  }
}
