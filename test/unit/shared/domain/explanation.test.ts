import { describe, expect, it } from 'vitest'
import { explain } from '#shared/domain/explanation.ts'
import type { Trouble } from '#shared/domain/explanation.ts'
import { APT_COMMANDS } from '#shared/domain/packaging/apt/commands.ts'
import { CheckOutcome } from '#shared/domain/packaging/update.ts'
import type { HoldReason, Update } from '#shared/domain/packaging/update.ts'
import { reportUpdates } from '#shared/domain/updates-report.ts'
import type { UpdatesReport } from '#shared/domain/updates-report.ts'
import { GatePolicy, judge } from '#shared/domain/verdict.ts'
import type { VerdictReason } from '#shared/domain/verdict.ts'

const NOW = new Date('2026-05-01T12:00:00Z')

function update(name: string, more: Partial<Update> = {}): Update {
  const heldBackBy = more.heldBackBy ?? []
  return {
    name,
    architecture: 'amd64',
    installed: '1.0',
    candidate: '2.0',
    kind: 'security',
    severity: 'unknown',
    significanceFrom: 'none',
    source: name,
    sourceVersion: '2.0',
    repository: 'stable/main',
    installable: heldBackBy.length === 0,
    ...more,
    heldBackBy,
  }
}

function reportOf(outcome: Partial<CheckOutcome>): UpdatesReport {
  const whole = { packages: 10, updates: [], local: [], warnings: [], unknowns: [], ...outcome }
  const now = { now: NOW, checkedAt: NOW.toISOString(), validitySeconds: 3600 }
  return reportUpdates({ machine: 'web1', outcome: CheckOutcome.parse(whole), states: [], warnings: [], ...now })
}

function why(
  given: {
    updates?: Update[]
    unknowns?: string[]
    local?: boolean
    evidenceAt?: string
    isUnregistered?: boolean
    isLate?: boolean
    troubles?: Trouble[]
    problems?: string[]
    policy?: Partial<GatePolicy>
  } = {},
) {
  const { updates = [], unknowns = [], troubles = [], problems = [] } = given
  const local = given.local === true ? [{ name: 'mine', architecture: 'amd64', installed: '1' }] : []
  const hasReport = given.isUnregistered !== true && given.isLate !== true
  const report = hasReport ? reportOf({ updates, unknowns, local }) : null
  const machine = given.isUnregistered === true ? null : { evidenceAt: given.evidenceAt ?? NOW.toISOString() }
  const policy = GatePolicy.parse(given.policy ?? {})
  return explain({
    verdict: judge({ name: 'web1', machine, report, policy, now: NOW }),
    report,
    troubles,
    problems,
    commands: APT_COMMANDS,
  })
}

describe('explain', () => {
  it('says of a clean machine what that was drawn from, and gives no command', () => {
    expect(why()).toMatchObject({
      sentence: 'web1 may start: none of 10 packages is outdated, drawn from 0 current snapshots.',
      command: null,
      runOn: null,
      heldBack: [],
    })
  })

  it('installs exactly the security updates that can be installed, and names the held ones apart', () => {
    const updates = [
      update('openssl'),
      update('bash', { kind: 'bugfix' }),
      update('curl', { heldBackBy: ['held'] }),
      update('apt'),
    ]

    expect(why({ updates })).toMatchObject({
      sentence: 'web1 may not start: 3 security updates outstanding: openssl → 2.0, curl → 2.0, apt → 2.0.',
      command: 'apt-get install --only-upgrade apt openssl',
      runOn: 'machine',
      heldBack: [{ name: 'curl', reasons: ['held by the administrator'] }],
    })
  })

  it('lets go what is only held, when nothing else is left', () => {
    expect(why({ updates: [update('curl', { heldBackBy: ['held'] })] }).command).toBe(
      'apt-mark unhold curl && apt-get install --only-upgrade curl',
    )
  })

  it.each<HoldReason>(['phased', 'pinned', 'dependency', 'needs-new-package', 'excluded', 'vendor', 'module'])(
    'promises no command for an update that is %s',
    (reason) => {
      expect(why({ updates: [update('curl', { heldBackBy: [reason] })] })).toMatchObject({
        command: null,
        heldBack: [{ name: 'curl' }],
      })
    },
  )

  it('tells the architecture where a name is there twice', () => {
    const updates = [update('libc6'), update('libc6', { architecture: 'i386' })]

    expect(why({ updates }).command).toBe('apt-get install --only-upgrade libc6:amd64 libc6:i386')
  })

  it.each(['x; reboot', '$(reboot)', '-o', 'a\nb', '`id`', 'A', '../x', ''])(
    'never puts the name %j into a command',
    (name) => {
      expect(why({ updates: [update(name)] }).command).toBeNull()
      expect(why({ updates: [update(name), update('ok', { architecture: '$(id)' })] }).command).toBeNull()
    },
  )

  it('installs other updates by the same command when they are what decides', () => {
    expect(why({ updates: [update('bash', { kind: 'unknown' })] }).command).toBe('apt-get install --only-upgrade bash')
  })

  it.each([{ isUnregistered: true }, { evidenceAt: '2026-01-01T00:00:00Z' }])(
    'sends the importer to a machine without fresh evidence: %j',
    (given) => {
      expect(why(given)).toMatchObject({
        command: 'lazaret-importer --station "$LAZARET_STATION" --token "$LAZARET_TOKEN" --name web1',
        runOn: 'machine',
      })
    },
  )

  it('refreshes when what is missing may be had later', () => {
    expect(why({ unknowns: ['x: not fetched yet'] })).toMatchObject({ command: 'lazaret refresh', runOn: 'station' })
  })

  it('names the line to mend when a source can never be had', () => {
    const troubles = [{ title: 'x', isPermanent: true, places: ['etc/apt/sources.list.d/x.list:3'] }]

    expect(why({ unknowns: ['x: cdrom'], troubles }).command).toBe('sensible-editor +3 /etc/apt/sources.list.d/x.list')
  })

  it('names the line to mend when the evidence has a problem', () => {
    const problems = ['etc/apt/preferences:4: the pin is not one.']
    const answer = why({ unknowns: problems, problems })

    expect(answer.command).toBe('sensible-editor +4 /etc/apt/preferences')
    expect(answer.evidence).toContain('In the evidence: etc/apt/preferences:4: the pin is not one.')
  })

  it.each(['etc/apt/$(id):1', 'etc/apt/..:1', 'etc/passwd:1', 'etc/apt/x y:1', 'etc/apt/a/../b:1', 'x'])(
    'never puts the place %j into a command',
    (place) => {
      expect(why({ unknowns: ['x'], problems: [place] }).command).toBe('lazaret refresh')
    },
  )

  it('asks for a check when no answer came in time', () => {
    expect(why({ isLate: true }).command).toBe('lazaret check web1')
  })

  it('has no command for packages that are in no repository', () => {
    expect(why({ local: true, policy: { localPackages: 'deny' } })).toMatchObject({
      command: null,
      sentence: expect.stringContaining('web1 may not start: 1 package in no repository'),
    })
  })

  it('gives each code of a reason an end', () => {
    const codes: Record<VerdictReason['code'], true> = {
      'security-updates': true,
      'other-updates': true,
      stale: true,
      unknown: true,
      unregistered: true,
      'evidence-too-old': true,
      unverified: true,
      'local-packages': true,
      'no-answer-in-time': true,
      findings: true,
      'not-examined': true,
    }
    const verdict = judge({ name: 'web1', machine: null, report: null, policy: GatePolicy.parse({}), now: NOW })
    const places = ['etc/apt/sources.list:1']
    for (const code of Object.keys(codes) as VerdictReason['code'][]) {
      const reasons = [{ code, decision: 'deny' as const, message: 'because.' }]
      const troubles = [{ title: 'x', isPermanent: false, places }]
      const answer = explain({
        verdict: { ...verdict, reasons },
        report: null,
        troubles,
        problems: [],
        commands: APT_COMMANDS,
      })

      expect(answer.sentence).toBe('web1 may not start: because.')
    }
  })
})
