import { z } from 'zod'
import type { Machine } from './machine.ts'
import type { LevelCounts } from './report/report.ts'
import { describeSeconds, plural } from './text.ts'
import { listOutstanding } from './updates-report.ts'
import type { UpdatesReport } from './updates-report.ts'

export const Decision = z.enum(['allow', 'warn', 'deny'])
export type Decision = z.infer<typeof Decision>

/** The administrator's policy file for gates. Every key may be left out; unknown keys are refused. */
export const GatePolicy = z.strictObject({
  /** Any outstanding security update, held back or hidden by the machine's own configuration or not. */
  securityUpdates: Decision.default('deny'),
  otherUpdates: Decision.default('warn'),
  /** Drawn from snapshots past their validity. */
  stale: Decision.default('warn'),
  /** Something needed for the answer is missing: it cannot be told whether the machine is outdated. */
  unknown: Decision.default('deny'),
  unregistered: Decision.default('deny'),
  evidenceMaxAgeDays: z.number().positive().max(3650).default(30),
  evidenceTooOld: Decision.default('deny'),
  /** A repository was taken without a good signature because the machine says so. */
  unverified: Decision.default('warn'),
  /** Packages that are in no repository: nobody tells when they are outdated. */
  localPackages: Decision.default('allow'),
  /** What scanners found, where a gate asks for a scan: the worst level that is there decides. */
  findings: z
    .strictObject({
      critical: Decision.default('deny'),
      high: Decision.default('deny'),
      medium: Decision.default('warn'),
      low: Decision.default('allow'),
    })
    .default({ critical: 'deny', high: 'deny', medium: 'warn', low: 'allow' }),
  /** Not every scanner looked at the machine to the end. */
  notExamined: Decision.default('deny'),
  /** A scan is asked for anew when the last report is older. */
  scanMaxAgeDays: z.number().positive().max(3650).default(7),
})
export type GatePolicy = z.infer<typeof GatePolicy>

export const VerdictReason = z.object({
  code: z.enum([
    'security-updates',
    'other-updates',
    'stale',
    'unknown',
    'unregistered',
    'evidence-too-old',
    'unverified',
    'local-packages',
    'no-answer-in-time',
    'findings',
    'not-examined',
  ]),
  decision: Decision,
  message: z.string(),
})
export type VerdictReason = z.infer<typeof VerdictReason>

/** What a gate is told: `lazaret.verdict/1`. */
export const Verdict = z.object({
  schema: z.literal('lazaret.verdict/1'),
  machine: z.string(),
  decision: Decision,
  /** false: the decision follows from not knowing (unregistered, unknown, evidence too old), not from a known fault of the machine. */
  canTell: z.boolean(),
  /** The deciding ones first. */
  reasons: z.array(VerdictReason),
  judgedAt: z.string(),
  evidenceAt: z.string().nullable(),
  freshness: z.enum(['fresh', 'stale', 'unknown']),
  /** From which snapshots the verdict was drawn, and how old they were. */
  snapshots: z.array(z.object({ repository: z.string(), ageSeconds: z.number().nullable() })),
  /** The scan whose findings were counted; left out where none was asked for. */
  scan: z.object({ id: z.string(), endedAt: z.string(), examined: z.string() }).optional(),
})
export type Verdict = z.infer<typeof Verdict>

const RANK: Record<Decision, number> = { deny: 2, warn: 1, allow: 0 }
const NOT_KNOWING = new Set<VerdictReason['code']>([
  'unknown',
  'unregistered',
  'evidence-too-old',
  'no-answer-in-time',
  'not-examined',
])

/**
 * The verdict on a machine. Never `allow` out of ignorance: what is missing is a reason with the policy's decision for it.
 * `report` null with a machine: no answer could be had in time.
 */
export function judge(input: {
  name: string
  machine: Pick<Machine, 'evidenceAt'> | null
  report: UpdatesReport | null
  policy: GatePolicy
  now: Date
  /** The machine's part of a report; left out: findings do not count for this verdict. */
  scan?: ScannedMachine
}): Verdict {
  const reasons = [...findReasons(input)].toSorted((a, b) => RANK[b.decision] - RANK[a.decision])
  const decision = reasons[0]?.decision ?? 'allow'
  const deciding = reasons.filter((reason) => reason.decision === decision && decision !== 'allow')
  const known = deciding.filter((reason) => !NOT_KNOWING.has(reason.code))
  return {
    schema: 'lazaret.verdict/1',
    machine: input.name,
    decision,
    canTell: deciding.length === 0 ? reasons.every((reason) => !NOT_KNOWING.has(reason.code)) : known.length > 0,
    reasons,
    judgedAt: input.now.toISOString(),
    evidenceAt: input.machine?.evidenceAt ?? null,
    freshness: input.report?.freshness ?? 'unknown',
    snapshots: (input.report?.repositories ?? []).map((repository) => ({
      repository: repository.title,
      ageSeconds:
        repository.refreshedAt === null
          ? null
          : Math.max(0, Math.round((input.now.getTime() - Date.parse(repository.refreshedAt)) / 1000)),
    })),
    ...(input.scan !== undefined && {
      scan: { id: input.scan.id, endedAt: input.scan.endedAt, examined: input.scan.examined },
    }),
  }
}

/** What a scan says of a machine, for a verdict. */
export interface ScannedMachine {
  readonly id: string
  readonly endedAt: string
  readonly examined: 'examined' | 'partly' | 'not-examined'
  /** Why it is not `examined`. */
  readonly reasons: readonly string[]
  readonly counts: LevelCounts
}

/** Findings count wherever they come from; that none were found counts only where every scanner looked to the end. */
function* findScanReasons(scan: ScannedMachine, policy: GatePolicy): Generator<VerdictReason> {
  if (scan.examined !== 'examined') {
    const why = scan.reasons.length === 0 ? '' : `: ${scan.reasons.slice(0, 5).join('; ')}`
    const message = scan.examined === 'partly' ? `Only a part was examined${why}` : `No scanner examined it${why}`
    yield { code: 'not-examined', decision: policy.notExamined, message }
  }
  for (const level of ['critical', 'high', 'medium', 'low'] as const) {
    const count = scan.counts[level]
    if (count === 0) continue
    yield {
      code: 'findings',
      decision: policy.findings[level],
      message: `${plural(count, `${level} finding`)} by scanners.`,
    }
  }
}

function* findReasons(input: Parameters<typeof judge>[0]): Generator<VerdictReason> {
  const { policy, report, machine, name } = input
  if (machine === null) {
    yield { code: 'unregistered', decision: policy.unregistered, message: `${name} has never sent evidence.` }
    return
  }

  const ageSeconds = (input.now.getTime() - Date.parse(machine.evidenceAt)) / 1000
  if (ageSeconds > policy.evidenceMaxAgeDays * 86_400) {
    const message = `The evidence is ${describeSeconds(ageSeconds)} old; the policy allows ${plural(policy.evidenceMaxAgeDays, 'day')}.`
    yield { code: 'evidence-too-old', decision: policy.evidenceTooOld, message }
  }

  if (input.scan !== undefined) yield* findScanReasons(input.scan, policy)
  if (report === null) {
    yield { code: 'no-answer-in-time', decision: policy.unknown, message: 'The check did not end in time.' }
    return
  }

  yield* findUpdateReasons(report, policy)
  if (report.freshness === 'unknown') {
    yield { code: 'unknown', decision: policy.unknown, message: `It cannot be told: ${report.reasons.join('; ')}` }
  }
  if (report.freshness === 'stale') {
    yield { code: 'stale', decision: policy.stale, message: `Drawn from old snapshots: ${report.reasons.join('; ')}` }
  }
  const unverified = report.repositories.filter((repository) => repository.verification === 'trusted-by-option')
  if (unverified.length > 0) {
    const titles = unverified.map((repository) => repository.title).join('; ')
    yield {
      code: 'unverified',
      decision: policy.unverified,
      message: `Taken without a good signature, as the machine says: ${titles}`,
    }
  }
}

function* findUpdateReasons(report: UpdatesReport, policy: GatePolicy): Generator<VerdictReason> {
  const outstanding = listOutstanding(report)
  const security = outstanding.filter((update) => update.kind === 'security')
  const others = outstanding.length - security.length
  if (security.length > 0) {
    const message = `${plural(security.length, 'security update')} outstanding: ${nameSome(security)}.`
    yield { code: 'security-updates', decision: policy.securityUpdates, message }
  }
  if (others > 0) {
    const some = nameSome(outstanding.filter((update) => update.kind !== 'security'))
    yield {
      code: 'other-updates',
      decision: policy.otherUpdates,
      message: `${plural(others, 'other update')} outstanding: ${some}.`,
    }
  }
  if (report.local.length > 0) {
    const message = `${plural(report.local.length, 'package')} in no repository: nobody can tell whether they are outdated.`
    yield { code: 'local-packages', decision: policy.localPackages, message }
  }
}

function nameSome(updates: readonly { name: string; candidate: string }[]): string {
  const shown = updates.slice(0, 5).map((update) => `${update.name} → ${update.candidate}`)
  return updates.length > 5 ? `${shown.join(', ')} and ${updates.length - 5} more` : shown.join(', ')
}
