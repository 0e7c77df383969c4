import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findTool } from '#test/support/tools.ts'
import { RPM_PATH } from './rpm-repository.ts'

/** dnf on a root of its own with the large repository as its only one. */
export interface PrivateDnf {
  /** The command with its options; what it is to do comes behind. */
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  forget(): void
}

/** null where this machine has no dnf. */
export function configureDnf(root: string, proxyUrl: string): PrivateDnf | null {
  if (findTool('dnf') === null) return null

  const cache = join(root, 'cache-of-dnf')
  for (const folder of ['etc/dnf', 'etc/yum.repos.d', 'var/lib/rpm', 'home'])
    mkdirSync(join(root, folder), { recursive: true })
  writeFileSync(join(root, 'etc/dnf/dnf.conf'), '[main]\ngpgcheck=0\nbest=False\nplugins=0\n')
  writeFileSync(
    join(root, 'etc/yum.repos.d/large.repo'),
    `[large]\nname=large\nbaseurl=http://${RPM_PATH}\nenabled=1\n`,
  )
  writeFileSync(join(root, 'home/.rpmmacros'), '%_dbpath /var/lib/rpm\n')
  const settings = [`cachedir=${cache}`, `proxy=${proxyUrl}`]
  return {
    command: ['dnf', `--installroot=${root}`, '--releasever=9', '--quiet', ...settings.map((one) => `--setopt=${one}`)],
    env: { HOME: join(root, 'home'), LC_ALL: 'C.UTF-8' },
    forget: () => rmSync(cache, { recursive: true, force: true }),
  }
}
