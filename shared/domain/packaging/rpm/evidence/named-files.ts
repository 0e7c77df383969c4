import { listFolder, readText } from '../../../evidence.ts'
import type { Evidence } from '../../../evidence.ts'
import { keyFilePath } from './repositories/trust.ts'

/** How many such files one machine may name. */
const MAX_FILES = 64

const FOLDERS = [
  'etc/yum.repos.d',
  'etc/yum/repos.d',
  'etc/distro.repos.d',
  'usr/share/dnf5/repos.d',
  'etc/dnf/repos.override.d',
  'usr/share/dnf5/repos.override.d',
  'etc/zypp/repos.d',
]
const PLUGIN_FILES = ['etc/dnf/plugins/versionlock.conf', 'etc/yum/pluginconf.d/versionlock.conf']

/**
 * Files that the configuration names and that are evidence because of it, wherever they lie in the machine: keys of `gpgkey` and the list
 * of version locks. Paths inside the machine, without a leading slash; never one that climbs, and never a private key.
 */
export function listNamedRpmFiles(evidence: Evidence): string[] {
  const texts = [...FOLDERS.flatMap((folder) => listFolder(evidence, folder)), 'etc/dnf/dnf.conf', 'etc/yum.conf'].map(
    (path) => readText(evidence, path) ?? '',
  )
  const named = new Set<string>()
  for (const text of texts) {
    for (const word of wordsOf(text)) {
      const path = word.startsWith('file:') ? keyFilePath(word) : null
      if (path !== null && isKeyFile(path)) named.add(path)
    }
  }
  for (const file of PLUGIN_FILES) {
    const list = /^\s*locklist\s*[=:]\s*(\/\S{1,500})\s*$/m.exec(readText(evidence, file) ?? '')?.[1]
    const path = list === undefined ? null : keyFilePath(list)
    if (path !== null && isLockList(path)) named.add(path)
  }
  return [...named].slice(0, MAX_FILES)
}

function wordsOf(text: string): string[] {
  return text.split(/[\s,=]+/)
}

/** Could a configuration name this file? */
export function mayBeNamedRpmFile(path: string): boolean {
  return isKeyFile(path) || isLockList(path)
}

function isLockList(path: string): boolean {
  return /(?:^|\/)versionlock[^/]*$/.test(path)
}

/** Names of files that hold public keys, as far as a name can say: `RPM-GPG-KEY-…`, `x.asc`, `x.gpg`. */
function isKeyFile(path: string): boolean {
  const isPrivate = /(?:^|\/)(?:entitlement|private)\/|\.pem$/.test(path)
  return !isPrivate && /(?:^|\/)(?:RPM-)?GPG-KEY[^/]*$|\.(?:gpg|asc|pgp|pub|key)$|rpm-gpg\/[^/]+$/.test(path)
}
