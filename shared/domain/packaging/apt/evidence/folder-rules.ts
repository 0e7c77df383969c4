import { listFolder } from '../../../evidence.ts'
import type { Evidence } from '../../../evidence.ts'

/**
 * The files of a configuration folder that apt reads, in its order (byte order of the names).
 * apt takes letters, digits, `_`, `-`, `:` and `.`, no leading and no trailing dot, and only the named extensions;
 * without any extension only where that is allowed (`apt.conf.d`, `preferences.d`). Checked against apt 2.6.1.
 */
export function listConfigFolder(
  evidence: Evidence,
  folder: string,
  rules: { extensions: readonly string[]; bareNames: boolean },
): string[] {
  return listFolder(evidence, folder).filter((path) => isRead(path.slice(folder.length + 1), rules))
}

function isRead(name: string, rules: { extensions: readonly string[]; bareNames: boolean }): boolean {
  if (!/^[A-Za-z0-9_:-][A-Za-z0-9_:.-]*$/.test(name) || name.endsWith('.')) return false

  const dot = name.lastIndexOf('.')
  return dot === -1 ? rules.bareNames : rules.extensions.includes(name.slice(dot + 1))
}
