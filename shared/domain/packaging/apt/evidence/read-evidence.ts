import { listFolder, readText } from '../../../evidence.ts'
import type { Evidence } from '../../../evidence.ts'
import { readOsRelease } from '../../../os-release.ts'
import { plural } from '../../../text.ts'
import type { ReadEvidence } from '../../package-system.ts'
import { ARCHITECTURE_FILE, readArchitectures } from './architectures.ts'
import { configText } from './configuration.ts'
import type { AptConfiguration } from './configuration.ts'
import type { AptInventory, AptPolicy, AptRepository } from '../model.ts'
import { OMITTED_FILE, readOmitted, warnAboutUnmetNeeds } from './evidence-gaps.ts'
import { readConfiguration } from './read-configuration.ts'
import { readInstalled } from './read-installed.ts'
import { readPolicy } from './read-policy.ts'
import { readSources } from './read-sources.ts'
import { warnAboutSources } from './source-warnings.ts'

/** Files, and folders (with a slash) whose direct files, a machine sends. `auth.conf` and private keys are not among them. */
export const APT_EVIDENCE_PATHS: readonly string[] = [
  'var/lib/dpkg/status',
  'var/lib/dpkg/status.d/',
  'var/lib/dpkg/arch',
  'var/lib/dpkg/updates/',
  ARCHITECTURE_FILE,
  'etc/apt/apt.conf',
  'etc/apt/apt.conf.d/',
  'etc/apt/sources.list',
  'etc/apt/sources.list.d/',
  'etc/apt/preferences',
  'etc/apt/preferences.d/',
  'etc/apt/trusted.gpg',
  'etc/apt/trusted.gpg.d/',
  'etc/apt/keyrings/',
  'usr/share/keyrings/',
  'etc/apt/apt-mirrors.txt',
  'etc/apt/mirrors/',
  'etc/os-release',
  'usr/lib/os-release',
  'etc/machine-id',
  'etc/debian_version',
  'lazaret/importer',
  OMITTED_FILE,
]

/** Sentences that are kept of each kind; a hostile file could make one a line. */
const MAX_SENTENCES = 50

/** True when the evidence holds a dpkg database. */
export function recognisesApt(evidence: Evidence): boolean {
  return evidence.files.has('var/lib/dpkg/status') || listFolder(evidence, 'var/lib/dpkg/status.d').length > 0
}

/** True when the database is a status file of white space only, as dpkg leaves it where it never installed anything. */
export function holdsNoEntry(evidence: Evidence): boolean {
  const status = evidence.files.get('var/lib/dpkg/status') ?? new Uint8Array(0)
  return status.every((byte) => byte <= 0x20) && listFolder(evidence, 'var/lib/dpkg/status.d').length === 0
}

/**
 * Everything that one machine's evidence says: what is installed, which repositories are enabled and how far they are trusted,
 * how candidates are chosen, who the machine is.
 * @throws Fault `evidence_malformed` naming file and line, `evidence_too_large`, `quota_exceeded`
 */
export function readAptEvidence(evidence: Evidence): ReadEvidence<AptInventory, AptPolicy, AptRepository> {
  const { config, ...conf } = readConfiguration(evidence)
  const installed = readInstalled(evidence, config)
  const { packages } = installed
  const { native, foreign } = readArchitectures(evidence, config, packages)
  const aptVersion = packages.find((candidate) => candidate.name === 'apt')?.version ?? null

  const sources = readSources({ evidence, config, aptVersion, architectures: [native, ...foreign] })
  const policy = readPolicy(evidence, config, aptVersion)
  const os = readOsRelease(evidence)
  const machine = readMachineId(evidence, config)
  const omitted = readOmitted(evidence)
  const advice = warnAboutSources(os, sources.repositories, policy.policy.defaultRelease)
  return {
    inventory: { architecture: native, foreignArchitectures: foreign, packages },
    policy: policy.policy,
    repositories: sources.repositories,
    keyrings: sources.keyrings,
    system: {
      osName: os.id === null ? null : [os.id, os.version].filter((part) => part !== null).join(' '),
      osId: os.id,
      osVersion: os.version,
      machineId: machine.id,
      architecture: native,
      packages: packages.length,
    },
    warnings: limit([
      ...advice,
      ...conf.warnings,
      ...sources.warnings,
      ...policy.warnings,
      ...installed.warnings,
      ...machine.warnings,
      ...omitted.warnings,
      ...warnAboutUnmetNeeds(packages),
    ]),
    problems: limit([
      ...conf.problems,
      ...installed.problems,
      ...sources.problems,
      ...policy.problems,
      ...omitted.problems,
    ]),
  }
}

/** apt takes the first line of the file as it is; `APT::Machine-ID` stands in for it. */
function readMachineId(evidence: Evidence, config: AptConfiguration): { id: string | null; warnings: string[] } {
  const line = (readText(evidence, 'etc/machine-id') ?? '').split('\n', 1)[0] ?? ''
  const id = configText(config, 'APT::Machine-ID') || line.trim()
  if (id === '') return { id: null, warnings: [] }
  if (/^[\x21-\x7e]{1,128}$/.test(id)) return { id, warnings: [] }

  return {
    id: null,
    warnings: ['etc/machine-id:1: not an identity; phased updates count as for a machine without one.'],
  }
}

function limit(sentences: readonly string[]): string[] {
  const distinct = [...new Set(sentences)]
  if (distinct.length <= MAX_SENTENCES) return distinct

  return [
    ...distinct.slice(0, MAX_SENTENCES),
    `and ${plural(distinct.length - MAX_SENTENCES, 'sentence')} more like these.`,
  ]
}
