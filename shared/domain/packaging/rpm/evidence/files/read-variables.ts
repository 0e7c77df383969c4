import { listFolder, readText } from '../../../../evidence.ts'
import type { Evidence } from '../../../../evidence.ts'
import type { RpmTool } from '../../model.ts'

/** Where each tool looks for variables; a later folder has the last word. */
const FOLDERS: Readonly<Record<RpmTool, readonly string[]>> = {
  dnf5: ['usr/share/dnf5/vars.d', 'etc/dnf/vars'],
  dnf4: ['etc/yum/vars', 'etc/dnf/vars'],
  yum: ['etc/yum/vars'],
  zypper: ['etc/zypp/vars.d'],
}

const MAX_VARIABLES = 1000
const MAX_VALUE = 4096

/** The variables that a machine sets itself: a file each, whose first line is the value (dnf, substitutions.py). */
export function readVariables(
  evidence: Evidence,
  tool: RpmTool,
  folders: readonly string[] | null,
): { variables: Map<string, string>; warnings: string[] } {
  const variables = new Map<string, string>()
  const warnings: string[] = []
  for (const folder of folders ?? FOLDERS[tool]) {
    for (const path of listFolder(evidence, folder)) {
      const name = path.slice(folder.length + 1)
      if (!/^[A-Za-z0-9_]{1,64}$/.test(name)) continue

      const value = (readText(evidence, path) ?? '').split('\n', 1)[0]?.replace(/\r$/, '') ?? ''
      const isTaken = value.length <= MAX_VALUE && variables.size < MAX_VARIABLES
      if (isTaken) variables.set(name, value)
      else warnings.push(`${path}: too long, or one variable too many.`)
    }
  }
  return { variables, warnings }
}

/** `9.4` is major `9` and minor `4` (libdnf5, Vars::split_releasever; libzypp does the same). */
export function addReleaseParts(variables: Map<string, string>): void {
  const releasever = variables.get('releasever')
  if (releasever === undefined) return

  const dot = releasever.indexOf('.')
  const major = dot === -1 ? releasever : releasever.slice(0, dot)
  if (!variables.has('releasever_major')) variables.set('releasever_major', major)
  if (!variables.has('releasever_minor')) variables.set('releasever_minor', dot === -1 ? '' : releasever.slice(dot + 1))
}
