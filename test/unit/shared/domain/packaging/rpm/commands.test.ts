import { describe, expect, it } from 'vitest'
import { rpmCommands } from '#shared/domain/packaging/rpm/commands.ts'
import type { Update } from '#shared/domain/packaging/update.ts'

function update(name: string, architecture = 'x86_64'): Update {
  return {
    name,
    architecture,
    installed: '1-1',
    candidate: '2-1',
    kind: 'security',
    severity: 'high',
    significanceFrom: 'RHSA-2026:1',
    source: name,
    sourceVersion: '2-1',
    repository: 'baseos',
    installable: true,
    heldBackBy: [],
  }
}

describe('rpmCommands', () => {
  it.each([
    ['dnf5', 'dnf upgrade bash openssl', 'dnf versionlock delete bash openssl && dnf upgrade bash openssl'],
    ['dnf4', 'dnf upgrade bash openssl', 'dnf versionlock delete bash openssl && dnf upgrade bash openssl'],
    ['yum', 'yum update bash openssl', 'yum versionlock delete bash openssl && yum update bash openssl'],
    ['zypper', 'zypper update bash openssl', 'zypper removelock bash openssl && zypper update bash openssl'],
  ] as const)('speaks the language of %s', (tool, install, release) => {
    const commands = rpmCommands({ tool })
    const updates = [update('openssl'), update('bash')]

    expect(commands.install(updates, updates)?.command).toBe(install)
    expect(commands.release(updates, updates)?.command).toBe(release)
  })

  it('tells the architecture where a name is there twice', () => {
    const updates = [update('glibc'), update('glibc', 'i686')]

    expect(rpmCommands({ tool: 'dnf4' }).install(updates, updates)?.command).toBe('dnf upgrade glibc.i686 glibc.x86_64')
  })

  it.each(['x; reboot', '$(reboot)', '-o', 'a\nb', '`id`', '', 'a b', '*'])(
    'never puts the name %j into one',
    (name) => {
      const updates = [update(name), update('ok', '$(id)')]

      expect(rpmCommands({ tool: 'dnf5' }).install(updates, updates)).toBeNull()
      expect(rpmCommands({ tool: 'zypper' }).release(updates, updates)).toBeNull()
    },
  )

  it.each([
    ['etc/yum.repos.d/rocky.repo', true],
    ['etc/dnf/modules.d/nodejs.module', true],
    ['etc/zypp/repos.d/oss.repo', true],
    ['etc/yum.conf', true],
    ['etc/passwd', false],
    ['etc/dnf/../passwd', false],
    ['etc/dnf/$(id)', false],
  ])('knows what is configuration: %s', (path, isConfiguration) => {
    expect(rpmCommands({ tool: 'dnf4' }).isConfiguration(path)).toBe(isConfiguration)
  })
})
