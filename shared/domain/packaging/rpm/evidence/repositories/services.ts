import { listFolder, readText } from '../../../../evidence.ts'
import type { Evidence } from '../../../../evidence.ts'
import { showWord } from '../show-word.ts'
import { readIni } from '../files/ini.ts'
import { readBoolean } from '../files/option-values.ts'
import type { Report } from '../files/report.ts'
import type { RepositorySection } from './section.ts'

/**
 * zypper's services write repositories of their own. An enabled one of which no repository is there has not been asked yet, or its
 * repositories did not come with the evidence: a problem.
 */
export function reportServices(evidence: Evidence, sections: readonly RepositorySection[], report: Report): void {
  const served = new Set(
    sections.flatMap(({ layers }) => layers.flatMap(({ values }) => values.get('service')?.text ?? [])),
  )
  for (const path of listFolder(evidence, 'etc/zypp/services.d').filter((each) => each.endsWith('.service'))) {
    const ini = readIni(readText(evidence, path) ?? '', 'zypp')
    if (ini.status === 'refused') {
      report.problems.push(`${path}:${ini.line}: ${ini.reason}; the machine's package manager refuses it.`)
      continue
    }
    for (const { name, line, values } of ini.sections.values()) {
      const isOff = readBoolean(values.get('enabled')?.text ?? '1') === false
      if (isOff || served.has(name)) continue
      report.problems.push(
        `${path}:${line}: the service ${showWord(name)} is enabled, and none of its repositories is there.`,
      )
    }
  }
}
