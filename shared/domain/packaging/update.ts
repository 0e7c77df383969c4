import { z } from 'zod'

/** What an update is for. `unknown` is an answer, not a default for "harmless". */
export const UpdateKind = z.enum(['security', 'bugfix', 'enhancement', 'unknown'])
export type UpdateKind = z.infer<typeof UpdateKind>

export const Severity = z.enum(['critical', 'high', 'medium', 'low', 'unknown'])
export type Severity = z.infer<typeof Severity>

/** Why an upgrade run would not take an update now (meaning (b) of "outdated"). */
export const HoldReason = z.enum([
  'held',
  'phased',
  'pinned',
  'excluded',
  'vendor',
  'needs-new-package',
  'dependency',
  'module',
])
export type HoldReason = z.infer<typeof HoldReason>

/** What an advisory of the distribution says of an update. */
export const Advisory = z.object({
  /** `RHSA-2024:1234` */
  id: z.string(),
  kind: UpdateKind,
  severity: Severity,
  cves: z.array(z.string()),
  /** Addresses and bug numbers, as the distribution writes them. */
  bugs: z.array(z.string()),
})
export type Advisory = z.infer<typeof Advisory>

/** One installed package whose candidate, by the machine's own package manager, is newer than what is installed. */
export const Update = z.object({
  name: z.string(),
  architecture: z.string(),
  installed: z.string(),
  candidate: z.string(),
  kind: UpdateKind,
  severity: Severity,
  /** Where kind and severity were learned: `repository:bookworm-security`, an advisory id, or `none`. */
  significanceFrom: z.string(),
  /** Source package and its version of the candidate: what advisories are keyed by. */
  source: z.string(),
  sourceVersion: z.string(),
  /** The repository that offers the candidate, as a person knows it: `bookworm-security/main`. */
  repository: z.string(),
  /** Would an upgrade run take it now? false always comes with at least one reason. */
  installable: z.boolean(),
  heldBackBy: z.array(HoldReason),
  /** Every advisory for a version between the installed one and the candidate; absent where the package system has none. */
  advisories: z.array(Advisory).optional(),
})
export type Update = z.infer<typeof Update>

/** An installed package that another one, of another name, takes the place of. `name` and `installed` are the old one's. */
export const Replacement = Update.extend({ replacedBy: z.string() })
export type Replacement = z.infer<typeof Replacement>

/** An installed package that no repository of the machine offers: nobody can say whether it is outdated. */
export const LocalPackage = z.object({ name: z.string(), architecture: z.string(), installed: z.string() })
export type LocalPackage = z.infer<typeof LocalPackage>

/** `fresh`: drawn from verified snapshots within their validity. `stale`: from older ones. `unknown`: something needed is missing. */
export const Freshness = z.enum(['fresh', 'stale', 'unknown'])
export type Freshness = z.infer<typeof Freshness>

/**
 * What a package system says of one inventory against one set of snapshots under one policy. Pure: no clock, so no freshness of
 * time in it; `unknowns` are the reasons why the list may be incomplete whatever the time (a repository without a snapshot,
 * broken sources, a component listed nowhere).
 */
export const CheckOutcome = z.object({
  packages: z.number().int().nonnegative(),
  updates: z.array(Update),
  local: z.array(LocalPackage),
  /**
   * Newer versions that the machine's own configuration keeps from its package manager's list (locks, excludes, modules): not among
   * the updates, so that these equal what the tool says, and not forgotten either.
   */
  hidden: z.array(Update).optional(),
  /** Packages that an upgrade run would replace by packages of other names. */
  replacements: z.array(Replacement).optional(),
  warnings: z.array(z.string()),
  unknowns: z.array(z.string()),
})
export type CheckOutcome = z.infer<typeof CheckOutcome>
