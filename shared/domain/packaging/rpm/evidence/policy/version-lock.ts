import { readText } from '../../../../evidence.ts'
import type { Evidence } from '../../../../evidence.ts'
import type { RpmLock, RpmTool } from '../../model.ts'
import { beyondQuota } from '../../../evidence-fault.ts'
import { showWord } from '../show-word.ts'
import { readIni } from '../files/ini.ts'
import type { MainConfiguration } from '../files/main-configuration.ts'
import { readBoolean } from '../files/option-values.ts'
import type { Report } from '../files/report.ts'
import { readVersionLockToml } from './version-lock-toml.ts'

export const MAX_LOCKS = 20_000

/**
 * The version locks that the tool obeys: dnf5 its own `etc/dnf/versionlock.toml`; dnf4 and yum the list of their plugin, where that is
 * enabled. Lines: a name or `name-[epoch:]version-release.architecture`, globs among them; `!` in front: never that one.
 * @throws Fault `quota_exceeded`
 */
export function readVersionLocks(
  evidence: Evidence,
  tool: RpmTool,
  main: MainConfiguration,
  report: Report,
): RpmLock[] {
  if (tool === 'zypper') return []
  if (tool === 'dnf5') {
    const path = 'etc/dnf/versionlock.toml'
    const text = readText(evidence, path)
    return text === null ? [] : readVersionLockToml(path, text, report)
  }

  if (main.findBoolean('plugins') === false) return []
  const folder = tool === 'yum' ? 'etc/yum/pluginconf.d' : 'etc/dnf/plugins'
  const plugin = readPlugin(evidence, folder, tool, report)
  if (plugin === null) return []

  const text = readText(evidence, plugin.list)
  if (text === null) {
    report.problems.push(`${folder}/versionlock.conf: its list of locks is not part of the evidence.`)
    return []
  }
  return readLockLines(plugin.list, text)
}

/** null: there is no such plugin, or it is off. */
function readPlugin(evidence: Evidence, folder: string, tool: RpmTool, report: Report): { list: string } | null {
  const path = `${folder}/versionlock.conf`
  const text = readText(evidence, path)
  if (text === null) return null

  const ini = readIni(text, tool === 'yum' ? 'yum' : 'dnf')
  if (ini.status === 'refused') {
    report.problems.push(`${path}:${ini.line}: ${ini.reason}; whether versions are locked is not known.`)
    return null
  }
  const values = ini.sections.get('main')?.values
  // dnf's plugins are on unless their file says no; yum's are off unless theirs says yes.
  const isEnabled = readBoolean(values?.get('enabled')?.text ?? '') ?? tool !== 'yum'
  const list = values?.get('locklist')?.text ?? ''
  if (!isEnabled || list === '') return null
  return { list: list.replace(/^\/+/, '') }
}

function readLockLines(path: string, text: string): RpmLock[] {
  const locks: RpmLock[] = []
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (raw.startsWith('#') || line === '') continue

    const isNever = line.startsWith('!')
    const pattern = isNever ? line.slice(1) : line
    const place = `${path}:${index + 1}`
    locks.push({ pattern, kind: isNever ? 'never' : 'only', conditions: [], place })
    if (locks.length > MAX_LOCKS) throw beyondQuota(place, `more than ${MAX_LOCKS} locks.`)
  }
  return locks
}

/** What is said of a lock that cannot be followed: it may hide versions that are thought to be on offer. */
export function unfollowed(place: string, what: string): string {
  return `${place}: a lock with ${showWord(what)}, which is not followed.`
}
