import { listFolder } from '../../../evidence.ts'
import type { Evidence } from '../../../evidence.ts'
import type { AptConfiguration } from './configuration.ts'
import { malformed, tooLarge } from '../../evidence-fault.ts'
import type { AptPackage } from '../model.ts'
import { locateFile } from './read-configuration.ts'
import { MAX_STATUS_ENTRIES, readStatus } from './status.ts'

const STATUS = 'var/lib/dpkg/status'
const STATUS_PARTS = 'var/lib/dpkg/status.d'
const JOURNAL = 'var/lib/dpkg/updates'

/** Files beside the entries in `status.d`: what dpkg would keep in its `info` folder. */
const INFO = /\.(?:md5sums|list|conffiles|preinst|postinst|prerm|postrm|config|templates|triggers|shlibs|symbols)$/

const MAX_BYTES = 128 * 1024 * 1024

export interface ReadInstalled {
  /** Sorted by name, then architecture. */
  readonly packages: readonly AptPackage[]
  readonly warnings: readonly string[]
  readonly problems: readonly string[]
}

/**
 * The installed packages, from dpkg's status file and, in images built without dpkg, from one file a package in `status.d`.
 * Never empty: a machine without a single installed package is a mistake of whoever collected the evidence.
 * @throws Fault `evidence_malformed`, `evidence_too_large`
 */
export function readInstalled(evidence: Evidence, config: AptConfiguration): ReadInstalled {
  const problems: string[] = []
  const main = locateStatus(evidence, config, problems)
  const parts = listFolder(evidence, STATUS_PARTS).filter((path) => !INFO.test(path))
  const found: { file: string; packages: AptPackage[] }[] = []
  const warnings: string[] = []
  let entries = 0
  let bytes = 0
  for (const file of [main, ...parts]) {
    const content = evidence.files.get(file)
    if (content === undefined) continue

    bytes += content.byteLength
    if (bytes > MAX_BYTES) throw tooLarge(file, 'more than 128 MiB of package database.')
    const read = readStatus(content, { file, statusless: file !== main })
    entries += read.entries
    if (entries > MAX_STATUS_ENTRIES) throw tooLarge(file, `more than ${MAX_STATUS_ENTRIES} entries.`)
    found.push({ file, packages: read.packages })
    for (const warning of read.warnings) warnings.push(warning)
  }

  const packages = found.flatMap((part) => part.packages)
  if (packages.length === 0) throw malformed(main, 1, 'not a single installed package.')
  const sorted = packages.toSorted(byNameAndArchitecture)
  warnings.push(...refuseDoubles(sorted, main))
  if (listFolder(evidence, JOURNAL).some((path) => /\/\d+$/.test(path))) {
    warnings.push(
      `${JOURNAL}: dpkg was interrupted; what it had not yet written into ${STATUS} is not counted, as in apt.`,
    )
  }
  return { packages: sorted, warnings, problems }
}

function locateStatus(evidence: Evidence, config: AptConfiguration, problems: string[]): string {
  const path = locateFile(config, 'Dir::State::status', STATUS)
  if (path === null || path === STATUS) return STATUS
  if (evidence.files.has(path)) return path

  problems.push(`etc/apt: the configuration moves the package database to /${path}, which is not part of the evidence.`)
  return STATUS
}

function byNameAndArchitecture(a: AptPackage, b: AptPackage): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1
  if (a.architecture === b.architecture) return 0
  return a.architecture < b.architecture ? -1 : 1
}

/** One name may be installed once an architecture; more than one architecture needs `Multi-Arch: same`, or dpkg refuses to work. */
function refuseDoubles(sorted: readonly AptPackage[], file: string): string[] {
  const warnings: string[] = []
  for (const [index, candidate] of sorted.entries()) {
    const next = sorted[index + 1]
    if (next === undefined || next.name !== candidate.name) continue
    if (next.architecture === candidate.architecture) {
      throw malformed(file, 1, `${next.name}:${next.architecture} is installed twice.`)
    }
    if (candidate.multiArch !== 'same' || next.multiArch !== 'same') {
      warnings.push(`${file}: ${next.name} is installed for two architectures, though it is not made for that.`)
    }
  }
  return warnings
}
