import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findTool } from '#test/support/tools.ts'

/** apt on a machine's folder, with all its state below it, and its caches kept: as fast as it can be. */
export interface PrivateApt {
  readonly env: Readonly<Record<string, string>>
}

/** null where this machine has no apt. */
export function configureApt(folder: string, proxyUrl: string): PrivateApt | null {
  if (findTool('apt-get') === null || findTool('dpkg') === null) return null

  for (const part of ['etc/apt/apt.conf.d', 'etc/apt/preferences.d', 'etc/apt/sources.list.d', 'var/log/apt']) {
    mkdirSync(join(folder, part), { recursive: true })
  }
  for (const part of ['var/lib/apt/lists/partial', 'var/cache/apt/archives/partial', 'var/lib/dpkg/updates']) {
    mkdirSync(join(folder, part), { recursive: true })
  }
  const file = join(folder, 'apt-configuration')
  const lines = [
    `Dir "${folder}";`,
    `Dir::State::status "${join(folder, 'var/lib/dpkg/status')}";`,
    // The machine's own configuration may switch the caches off.
    'Dir::Cache::pkgcache "pkgcache.bin";',
    'Dir::Cache::srcpkgcache "srcpkgcache.bin";',
    'APT::Architecture "amd64";',
    'APT::Architectures { "amd64"; };',
    'APT::Sandbox::User "";',
    'Acquire::Languages "none";',
    'Acquire::Retries "0";',
    `Acquire::http::Proxy "${proxyUrl}";`,
    'Debug::NoLocking "1";',
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  return { env: { APT_CONFIG: file } }
}
