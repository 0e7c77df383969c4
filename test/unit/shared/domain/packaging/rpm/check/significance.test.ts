import { describe, expect, it } from 'vitest'

import { checkMachine, moduleStream } from '#test/support/rpm-machine.ts'
import type { AdvisoryWords, MachineWords } from '#test/support/rpm-machine.ts'

function judge(advisories: AdvisoryWords[], more: Partial<MachineWords> = {}) {
  const words: MachineWords = {
    installed: ['a-1.0-1.x86_64'],
    repositories: { base: { offers: ['a-1.1-1.x86_64', 'a-1.2-1.x86_64'], advisories } },
    ...more,
  }
  const { kind, severity, significanceFrom, advisories: found } = checkMachine(words).updates[0]!
  return { kind, severity, significanceFrom, ids: found?.map(({ id }) => id) }
}

const NONE = { kind: 'unknown', severity: 'unknown', significanceFrom: 'none', ids: [] }

describe('what an update is for', () => {
  it.each([
    ['a version that is skipped', 'a-1.1-1.x86_64', true],
    ['the candidate', 'a-1.2-1.x86_64', true],
    ['a version that no repository has', 'a-1.1-5.x86_64', true],
    ['the installed version', 'a-1.0-1.x86_64', false],
    ['an older version', 'a-0.9-1.x86_64', false],
    ['a version beyond the candidate', 'a-1.3-1.x86_64', false],
    ['another architecture', 'a-1.2-1.i686', false],
    ['another package', 'b-1.2-1.x86_64', false],
    ['another epoch', 'a-1:1.1-1.x86_64', false],
  ])('heeds an advisory for %s as it should', (_, nevra, counts) => {
    const found = judge([{ id: 'SEC-1', severity: 'critical', packages: [nevra] }])

    expect(found).toEqual(
      counts ? { kind: 'security', severity: 'critical', significanceFrom: 'SEC-1', ids: ['SEC-1'] } : NONE,
    )
  })

  it('puts security first, then bug fixes, and takes the highest severity of that kind', () => {
    const packages = ['a-1.2-1.x86_64']
    const found = judge([
      { id: 'ENH-1', kind: 'enhancement', packages },
      { id: 'BUG-1', kind: 'bugfix', severity: 'critical', packages },
      { id: 'SEC-1', severity: 'low', packages },
      { id: 'SEC-2', severity: 'high', packages },
      { id: 'SEC-3', severity: 'unknown', packages },
    ])

    expect(found).toEqual({
      kind: 'security',
      severity: 'high',
      significanceFrom: 'SEC-2',
      ids: ['SEC-2', 'SEC-1', 'SEC-3', 'BUG-1', 'ENH-1'],
    })
  })

  it('counts nothing where the architecture changes, as dnf does', () => {
    const base = {
      offers: ['a-1.2-1.x86_64'],
      advisories: [{ id: 'SEC-1', packages: ['a-1.2-1.x86_64', 'a-1.2-1.noarch'] }],
    }

    expect(judge([], { installed: ['a-1.0-1.noarch'], repositories: { base } })).toEqual(NONE)
  })

  it('counts a security advisory without a severity', () => {
    expect(judge([{ id: 'SEC-1', packages: ['a-1.2-1.x86_64'] }])).toMatchObject({
      kind: 'security',
      severity: 'unknown',
    })
  })

  it('joins what two repositories say under one id', () => {
    const outcome = checkMachine({
      installed: ['a-1.0-1.x86_64'],
      repositories: {
        base: {
          offers: [],
          advisories: [{ id: 'SEC-1', severity: 'low', cves: ['CVE-1'], bugs: ['1'], packages: ['a-1.1-1.x86_64'] }],
        },
        more: {
          offers: ['a-1.2-1.x86_64'],
          advisories: [
            { id: 'SEC-1', severity: 'critical', cves: ['CVE-2', 'CVE-1'], bugs: ['2'], packages: ['a-1.2-1.x86_64'] },
          ],
        },
      },
    })

    expect(outcome.updates[0]?.advisories).toEqual([
      { id: 'SEC-1', kind: 'security', severity: 'critical', cves: ['CVE-1', 'CVE-2'], bugs: ['1', '2'] },
    ])
  })

  it('leaves out with zypper what was taken back, and with dnf nothing', () => {
    const retracted = [{ id: 'SEC-1', status: 'retracted', packages: ['a-1.2-1.x86_64'] }]

    expect(judge(retracted, { policy: { tool: 'zypper' } })).toEqual(NONE)
    expect(judge(retracted).ids).toEqual(['SEC-1'])
  })

  it('heeds a module’s advisory only where that stream is active', () => {
    const artifacts = ['a-0:1.1-1.x86_64', 'a-0:1.2-1.x86_64']
    const modules = {
      defaults: new Map([['m', '1']]),
      streams: [moduleStream('m', '1', artifacts), moduleStream('m', '2', [])],
    }
    const ids = (module: string) => {
      const advisories = [{ id: 'SEC-1', module, packages: ['a-1.2-1.x86_64'] }]
      const base = { offers: ['a-1.2-1.x86_64'], advisories, modules }
      return judge([], { repositories: { base } }).ids
    }

    expect(ids('m:1')).toEqual(['SEC-1'])
    expect(ids('m:2')).toEqual([])
    expect(ids('other:1')).toEqual([])
  })

  it('says once where no repository publishes advisories', () => {
    const warnings = (advisories?: AdvisoryWords[]) =>
      checkMachine({
        installed: [],
        repositories: { base: { offers: [], ...(advisories === undefined ? {} : { advisories }) }, other: [] },
      }).warnings

    expect(warnings()).toEqual([
      'No repository of the machine publishes advisories: what its updates are for is not known.',
    ])
    expect(warnings([])).toEqual([])
  })
})

describe('the running kernel', () => {
  const restart = (installed: MachineWords['installed'], runningKernel: string | null) =>
    checkMachine({ installed, repositories: { base: { offers: [], advisories: [] } }, runningKernel }).warnings

  it.each([
    [['kernel-core-5.1-1.el9.x86_64', 'kernel-core-5.2-1.el9.x86_64'], '5.2-1.el9.x86_64'],
    [['kernel-5.2-1.el9.x86_64'], '5.2-1.el9.x86_64'],
    [['kernel-default-5.14.21-150400.24.100.1.x86_64'], '5.14.21-150400.24.100-default'],
    [['bash-5.2-1.x86_64'], '6.1.0-host'],
    [['kernel-headers-5.2-1.x86_64', 'kernel-tools-5.2-1.x86_64'], null],
  ])('says nothing where the newest runs, or where there is none: %j, %s', (installed, running) => {
    expect(restart(installed, running)).toEqual([])
  })

  it('asks for a restart where an older one runs', () => {
    expect(restart(['kernel-core-5.1-1.el9.x86_64', 'kernel-core-5.2-1.el9.x86_64'], '5.1-1.el9.x86_64')).toEqual([
      'Restart needed: the machine runs kernel-core 5.1-1.el9 while 5.2-1.el9 is installed.',
    ])
  })

  it('goes by what a kernel says of itself', () => {
    const kernel = (version: string, uname: string) =>
      [`kernel-core-${version}-1.x86_64`, { provides: [`kernel-uname-r = ${uname}`] }] as const

    expect(restart([kernel('5.1', 'odd-one'), kernel('5.2', 'odd-two')], 'odd-two')).toEqual([])
    expect(restart([kernel('5.1', 'odd-one'), kernel('5.2', 'odd-two')], 'odd-one')).toHaveLength(1)
  })

  it('says that it is not known which one runs', () => {
    expect(restart(['kernel-core-5.1-1.x86_64'], null)).toEqual([
      'Which kernel the machine runs is not known: a restart may be needed before installed fixes are in force.',
    ])
    expect(restart(['kernel-core-5.1-1.x86_64'], '4.9-1.x86_64')[0]).toMatch(
      'runs the kernel 4.9-1.x86_64, which is not among those',
    )
  })
})
