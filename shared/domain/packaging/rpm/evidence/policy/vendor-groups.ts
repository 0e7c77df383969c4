import { listFolder, readText } from '../../../../evidence.ts'
import type { Evidence } from '../../../../evidence.ts'
import type { RpmTool } from '../../model.ts'
import { readIni } from '../files/ini.ts'
import type { Report } from '../files/report.ts'

const MAX_GROUPS = 1000

/**
 * Vendors that count as one: for zypper `etc/zypp/vendors.d`, `vendors = a, b` in `[main]` (libzypp, VendorAttr.cc). dnf5's own files of that
 * kind are not followed; they matter only where it must not change vendors, and then they are a problem.
 */
export function readVendorGroups(
  evidence: Evidence,
  tool: RpmTool,
  allowVendorChange: boolean,
  report: Report,
): string[][] {
  if (tool !== 'zypper') {
    const [first] = ['etc/dnf/vendors.d', 'usr/share/dnf5/vendors.d'].flatMap((folder) => listFolder(evidence, folder))
    if (first !== undefined && tool === 'dnf5' && !allowVendorChange) {
      report.problems.push(`${first}: what it says of vendors is not followed.`)
    }
    return []
  }

  const groups: string[][] = []
  for (const path of listFolder(evidence, 'etc/zypp/vendors.d')) {
    const ini = readIni(readText(evidence, path) ?? '', 'zypp')
    if (ini.status === 'refused') {
      report.problems.push(`${path}:${ini.line}: ${ini.reason}; which vendors count as one is not known.`)
      continue
    }
    const vendors = (ini.sections.get('main')?.values.get('vendors')?.text ?? '')
      .split(',')
      .map((vendor) => vendor.trim())
    const group = vendors.filter((vendor) => vendor !== '').toSorted()
    if (group.length > 1 && groups.length < MAX_GROUPS) groups.push(group)
  }
  return groups
}
