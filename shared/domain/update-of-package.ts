import type { PackageFace } from './packaging/packages.ts'
import type { CheckOutcome, Update } from './packaging/update.ts'
import { listOutstanding } from './updates-report.ts'

/**
 * The update that concerns an installed package. A candidate may be of another architecture (`noarch`) than what it follows; and of several
 * versions installed side by side (kernels) only the newest is named, though what is newer is newer than all of them.
 */
export function findUpdateOf(outcome: CheckOutcome, face: PackageFace): Update | null {
  const named = listOutstanding(outcome).filter((update) => update.name === face.name)
  const ofVersion = named.filter((update) => update.installed === face.version)
  const ofArchitecture = named.filter((update) => update.architecture === face.architecture)
  const both = ofVersion.find((update) => update.architecture === face.architecture)
  return both ?? ofArchitecture[0] ?? (ofVersion.length === 1 ? (ofVersion[0] ?? null) : null)
}
