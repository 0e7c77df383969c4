import { readText } from '../../../evidence.ts'
import type { Evidence } from '../../../evidence.ts'
import { configList, configText } from './configuration.ts'
import type { AptConfiguration } from './configuration.ts'
import { beyondQuota, malformed } from '../../evidence-fault.ts'
import type { AptPackage } from '../model.ts'
import { isArchitecture } from './status-entry.ts'

/** Foreign architectures that one machine may have (SAFETY: exhaustion per tenant). */
const MAX_FOREIGN = 8

const ARCH_FILE = 'var/lib/dpkg/arch'
/** Output of `dpkg --print-architecture`, put into the evidence by whoever collected it. */
export const ARCHITECTURE_FILE = 'lazaret/architecture'

/** Packages whose own architecture is the machine's, surest first. */
const WITNESSES = ['dpkg', 'apt', 'libc6', 'libc-bin', 'base-files']

/**
 * The machine's own architecture and the foreign ones, as apt sees them: `APT::Architecture(s)` have the first word, then what dpkg
 * says of itself, then its list of architectures, then what is installed.
 * @throws Fault `evidence_malformed` when nothing tells, `quota_exceeded`
 */
export function readArchitectures(
  evidence: Evidence,
  config: AptConfiguration,
  packages: readonly AptPackage[],
): { native: string; foreign: string[] } {
  const listed = lines(evidence, ARCH_FILE)
  const native =
    configText(config, 'APT::Architecture') ||
    lines(evidence, ARCHITECTURE_FILE)[0] ||
    listed[0] ||
    installedArchitecture(packages)
  if (!native) throw malformed(ARCH_FILE, 1, 'nothing in the evidence tells the architecture of the machine.')

  const configured = configList(config, 'APT::Architectures').filter((name) => name !== '')
  const all = configured.length > 0 ? configured : listed
  const foreign = [...new Set(all)].filter((name) => name !== native && name !== 'all')
  if (foreign.length > MAX_FOREIGN) {
    throw beyondQuota(ARCH_FILE, `${foreign.length} foreign architectures; ${MAX_FOREIGN} are allowed.`)
  }
  const odd = [native, ...foreign].find((name) => !isArchitecture(name))
  if (odd !== undefined) throw malformed(ARCH_FILE, 1, 'a line that is no architecture.')
  return { native, foreign }
}

function lines(evidence: Evidence, path: string): string[] {
  return (readText(evidence, path) ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

function installedArchitecture(packages: readonly AptPackage[]): string | null {
  for (const witness of WITNESSES) {
    const found = packages.find((candidate) => candidate.name === witness && isReal(candidate.architecture))
    if (found !== undefined) return found.architecture
  }
  return null
}

function isReal(architecture: string): boolean {
  return architecture !== 'all' && architecture !== 'none'
}
