import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readRpmEvidence } from '#shared/domain/packaging/rpm/evidence/read-evidence.ts'
import { evidenceBelow } from '#test/support/apt-evidence.ts'
import { rpmListing, rpmMachine } from '#test/support/rpm-evidence.ts'
import { repositoryRoot } from '#test/support/samples.ts'

const SAMPLES = join(repositoryRoot, '../shared/samples/pkg')
const missing = existsSync(SAMPLES) ? '' : ' (skipped: no samples beside the repository)'
const list = (folder: string) => (missing === '' ? readdirSync(join(SAMPLES, folder)).toSorted() : [])

describe.skipIf(missing !== '')(`repositories of real machines${missing}`, () => {
  it.each(list('yum-repo'))('reads %s', (name) => {
    const text = readFileSync(join(SAMPLES, 'yum-repo', name), 'utf8')
    // Test cases of libsolv with the ending of repositories, which dnf refuses.
    const isTestcase = /^=Ver:/m.test(text)
    const isZypp = name.startsWith('libzypp')
    const { policy, repositories, problems } = readRpmEvidence(
      rpmMachine({
        ...(isZypp ? { 'lazaret/rpm-packages': rpmListing(['zypper 1-1']) } : {}),
        [isZypp ? 'etc/zypp/repos.d/x.repo' : 'etc/yum.repos.d/rocky.repo']: text,
        'etc/dnf/vars/infra': 'stock\n',
        'etc/dnf/vars/contentdir': 'pub\n',
        'etc/dnf/vars/testdatadir': '/srv\n',
      }),
    )
    const off = text
      .split(/^\[/m)
      .slice(1)
      .filter((section) => /^enabled\s*=\s*0/m.test(section)).length
    const sections = text.match(/^\[[^\]]+\]/gm)?.length ?? 0

    const enabled = isTestcase ? 0 : sections - off
    expect(policy.repositories).toHaveLength(enabled)
    expect(problems.filter((problem) => !problem.startsWith('No repository is enabled')).length > 0).toBe(isTestcase)
    expect(repositories.every(({ title }) => !title.includes('$'))).toBe(true)
  })
})

const Machine = z.object({ repos: z.record(z.string(), z.unknown()), installed: z.array(z.string()) })

describe.skipIf(missing !== '')(`made machines${missing}`, () => {
  it.each(list('scenarios-rpm'))('reads %s', (name) => {
    const folder = join(SAMPLES, 'scenarios-rpm', name)
    const { installed } = Machine.parse(JSON.parse(readFileSync(join(folder, 'scenario.json'), 'utf8')))
    const { inventory, policy, problems, repositories } = readRpmEvidence(evidenceBelow(folder))

    expect(problems).toEqual([])
    expect(
      inventory.packages.map((each) => `${each.name}-${each.version}-${each.release}.${each.architecture}`).toSorted(),
    ).toEqual(installed.map((word) => word.replace(/-\d+:/, '-')).toSorted())
    expect(policy.tool).toBe(name.includes('versionlock5') ? 'dnf5' : 'dnf4')
    expect(repositories.every(({ unreachable }) => unreachable === 'lies on the machine itself (file:)')).toBe(true)
  })
})
