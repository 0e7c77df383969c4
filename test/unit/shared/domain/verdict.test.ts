import { describe, expect, it } from 'vitest'
import type { CheckOutcome, Update } from '#shared/domain/packaging/update.ts'
import { countUpdates, reportUpdates } from '#shared/domain/updates-report.ts'
import type { UpdatesReport } from '#shared/domain/updates-report.ts'
import { GatePolicy, judge } from '#shared/domain/verdict.ts'

const NOW = new Date('2026-05-01T12:00:00Z')

const SECURITY: Update = {
  name: 'openssl',
  architecture: 'x86_64',
  installed: '3.0.7-1',
  candidate: '3.0.7-2',
  kind: 'security',
  severity: 'high',
  significanceFrom: 'RHSA-2026:1',
  source: 'openssl',
  sourceVersion: '3.0.7-2',
  repository: 'baseos',
  installable: true,
  heldBackBy: [],
}

function outcomeOf(found: Partial<CheckOutcome>): CheckOutcome {
  return { packages: 10, updates: [], local: [], warnings: [], unknowns: [], ...found }
}

function reportOf(found: Partial<CheckOutcome>): UpdatesReport {
  const now = { now: NOW, checkedAt: NOW.toISOString(), validitySeconds: 3600 }
  return reportUpdates({ machine: 'web1', outcome: outcomeOf(found), states: [], warnings: [], ...now })
}

function judgeOutcome(found: Partial<CheckOutcome>, policy: Partial<GatePolicy> = {}) {
  const machine = { evidenceAt: NOW.toISOString() }
  return judge({ name: 'web1', machine, report: reportOf(found), policy: GatePolicy.parse(policy), now: NOW })
}

describe('judge', () => {
  it('allows a machine that nothing is known against', () => {
    expect(judgeOutcome({})).toMatchObject({ decision: 'allow', canTell: true, reasons: [] })
  })

  it.each([
    ['listed by the package manager', { updates: [SECURITY] }],
    ['hidden by a lock', { hidden: [{ ...SECURITY, installable: false, heldBackBy: ['held' as const] }] }],
    ['that comes with a package of another name', { replacements: [{ ...SECURITY, replacedBy: 'openssl3' }] }],
  ])('denies for a security update %s', (_, found) => {
    expect(judgeOutcome(found)).toMatchObject({
      decision: 'deny',
      canTell: true,
      reasons: [
        { code: 'security-updates', message: '1 security update outstanding: openssl → 3.0.7-2.', decision: 'deny' },
      ],
    })
  })

  it('only warns of what is not known to be for security', () => {
    expect(
      judgeOutcome({ hidden: [{ ...SECURITY, kind: 'unknown', installable: false, heldBackBy: ['excluded'] }] }),
    ).toMatchObject({ decision: 'warn', reasons: [{ code: 'other-updates' }] })
  })

  it('denies what it cannot tell, and says that it cannot', () => {
    expect(judgeOutcome({ unknowns: ['x: never fetched'] })).toMatchObject({ decision: 'deny', canTell: false })
  })

  it('follows the policy of the administrator', () => {
    expect(judgeOutcome({ updates: [SECURITY] }, { securityUpdates: 'warn' }).decision).toBe('warn')
  })
})

describe('countUpdates', () => {
  it('counts what is hidden and what is replaced apart from the updates', () => {
    const counts = countUpdates(
      outcomeOf({
        updates: [SECURITY],
        hidden: [SECURITY, SECURITY],
        replacements: [{ ...SECURITY, replacedBy: 'x' }],
      }),
    )

    expect(counts).toMatchObject({ updates: 1, security: 1, hidden: 2, replacements: 1, installable: 1, heldBack: 0 })
  })
})
