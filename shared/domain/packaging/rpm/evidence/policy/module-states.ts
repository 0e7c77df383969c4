import { listFolder, readText } from '../../../../evidence.ts'
import type { Evidence } from '../../../../evidence.ts'
import type { RpmModuleState } from '../../model.ts'
import { beyondQuota } from '../../../evidence-fault.ts'
import { readIni } from '../files/ini.ts'
import type { Report } from '../files/report.ts'

const FOLDER = 'etc/dnf/modules.d'
const MAX_MODULES = 5000
const STATES: ReadonlyMap<string, RpmModuleState['state']> = new Map([
  ['enabled', 'enabled'],
  ['1', 'enabled'],
  ['true', 'enabled'],
  ['disabled', 'disabled'],
])

/**
 * What the administrator has chosen of modules, `etc/dnf/modules.d/NAME.module` (libdnf, ModulePackageContainer). A file that cannot be
 * read is a problem. @throws Fault `quota_exceeded`
 */
export function readModuleStates(evidence: Evidence, report: Report): RpmModuleState[] {
  const states = new Map<string, RpmModuleState>()
  for (const path of listFolder(evidence, FOLDER)) {
    if (!path.endsWith('.module')) continue

    const ini = readIni(readText(evidence, path) ?? '', 'dnf')
    if (ini.status === 'refused') {
      report.problems.push(`${path}:${ini.line}: ${ini.reason}; which streams the machine follows is not known.`)
      continue
    }
    for (const { name, values } of ini.sections.values()) {
      const state = STATES.get((values.get('state')?.text ?? '').trim().toLowerCase()) ?? 'unset'
      states.set(name, { name, stream: state === 'enabled' ? (values.get('stream')?.text ?? '').trim() : '', state })
      if (states.size > MAX_MODULES) throw beyondQuota(path, `more than ${MAX_MODULES} modules.`)
    }
  }
  const defaults = listFolder(evidence, 'etc/dnf/modules.defaults.d').find((path) => /\.ya?ml$/.test(path))
  if (defaults !== undefined) {
    report.problems.push(`${defaults}: default streams that the machine sets itself are not followed.`)
  }
  return [...states.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}
