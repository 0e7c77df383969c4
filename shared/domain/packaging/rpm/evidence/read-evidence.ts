import { readText } from '../../../evidence.ts'
import type { Evidence } from '../../../evidence.ts'
import { readOsRelease } from '../../../os-release.ts'
import type { ReadEvidence } from '../../package-system.ts'
import type { RpmInventory, RpmPolicy, RpmRepository } from '../model.ts'
import { RPM_DATABASE_PATHS } from './database/find-database.ts'
import { OMITTED_FILE, reportOmitted } from './evidence-gaps.ts'
import { readMainConfiguration } from './files/main-configuration.ts'
import { addReleaseParts, readVariables } from './files/read-variables.ts'
import { emptyReport, limitSentences } from './files/report.ts'
import { PLATFORM_FILE, UNAME_FILE, baseArchitecture, readMachineFacts } from './machine-facts.ts'
import { LISTING_FILE } from './package-listing.ts'
import { chooseTool } from './policy/choose-tool.ts'
import { readPolicy } from './policy/read-policy.ts'
import { holdsInstalled, readInstalled } from './read-installed.ts'
import { PRODUCTS_FOLDER, detectReleasever, warnAboutPinnedRelease } from './releasever.ts'
import { readRepositories } from './repositories/read-repositories.ts'
import { SUSE_KEYS_FOLDER } from './repositories/trust.ts'

/** Files, and folders (with a slash) whose direct files, a machine sends. Passwords and private keys are not among them. */
export const RPM_EVIDENCE_PATHS: readonly string[] = [
  LISTING_FILE,
  UNAME_FILE,
  ...RPM_DATABASE_PATHS,
  'etc/dnf/dnf.conf',
  'etc/dnf/libdnf5.conf.d/',
  'usr/share/dnf5/libdnf.conf.d/',
  'etc/dnf/vars/',
  'etc/dnf/modules.d/',
  'etc/dnf/modules.defaults.d/',
  'etc/dnf/versionlock.toml',
  'etc/dnf/plugins/',
  'etc/dnf/vendors.d/',
  'etc/dnf/repos.override.d/',
  'usr/share/dnf5/repos.override.d/',
  'usr/share/dnf5/repos.d/',
  'usr/share/dnf5/vars.d/',
  'usr/share/dnf5/vendors.d/',
  'etc/yum.conf',
  'etc/yum/vars/',
  'etc/yum/repos.d/',
  'etc/yum/pluginconf.d/',
  'etc/yum.repos.d/',
  'etc/distro.repos.d/',
  'etc/zypp/zypp.conf',
  'usr/etc/zypp/zypp.conf',
  'etc/zypp/repos.d/',
  'etc/zypp/services.d/',
  'etc/zypp/locks',
  'etc/zypp/vendors.d/',
  'etc/zypp/vars.d/',
  'etc/zypp/multiversion.d/',
  `${PRODUCTS_FOLDER}/`,
  'etc/pki/rpm-gpg/',
  `${SUSE_KEYS_FOLDER}/`,
  PLATFORM_FILE,
  'etc/os-release',
  'usr/lib/os-release',
  'etc/machine-id',
  'lazaret/importer',
  OMITTED_FILE,
]

/** True when the evidence holds what rpm knows of a machine. */
export function recognisesRpm(evidence: Evidence): boolean {
  return holdsInstalled(evidence)
}

/**
 * Everything that one machine's evidence says: what is installed, whose rules it follows, which repositories are enabled and how far they are
 * trusted, how candidates are chosen, who the machine is.
 * @throws Fault `evidence_malformed` naming file and place, `quota_exceeded`
 */
export function readRpmEvidence(evidence: Evidence): ReadEvidence<RpmInventory, RpmPolicy, RpmRepository> {
  const report = emptyReport()
  const installed = readInstalled(evidence)
  const { packages } = installed
  const os = readOsRelease(evidence)
  const facts = readMachineFacts(evidence, packages)
  const chosen = chooseTool(evidence, packages, os)
  const main = readMainConfiguration(evidence, chosen.tool, report)

  const releasever = detectReleasever(evidence, {
    tool: chosen.tool,
    packages,
    os,
    distroverpkg: chosen.tool === 'yum' ? main.collect(['distroverpkg'], []) : [],
  })
  const own = readVariables(evidence, chosen.tool, listVariableFolders(main.find('varsdir')?.text ?? ''))
  const variables = new Map<string, string>([
    ['arch', facts.architecture],
    ['basearch', baseArchitecture(facts.architecture)],
    // Counts machines for who runs the mirrors; it never changes what is offered.
    ['uuid', '00000000-0000-0000-0000-000000000000'],
  ])
  if (releasever.value !== null) variables.set('releasever', releasever.value)
  for (const [name, value] of own.variables) variables.set(name, value)
  addReleaseParts(variables)

  const read = readRepositories({ evidence, tool: chosen.tool, main, variables, report })
  const policy = readPolicy({
    evidence,
    chosen,
    main,
    releasever: variables.get('releasever') ?? null,
    repositories: read.policies,
    report,
  })
  reportOmitted(evidence, report)
  const releaseWarnings = own.variables.has('releasever') ? [] : releasever.warnings
  return {
    inventory: { architecture: facts.architecture, packages, runningKernel: facts.runningKernel },
    policy,
    repositories: read.repositories,
    keyrings: read.keyrings,
    system: {
      osName: os.id === null ? null : [os.id, os.version].filter((part) => part !== null).join(' '),
      osId: os.id,
      osVersion: os.version,
      machineId: readMachineId(evidence),
      architecture: facts.architecture,
      packages: packages.length,
    },
    warnings: limitSentences([
      ...chosen.warnings,
      ...installed.warnings,
      ...facts.warnings,
      ...releaseWarnings,
      ...warnAboutPinnedRelease(os, variables.get('releasever')),
      ...own.warnings,
      ...report.warnings,
    ]),
    problems: limitSentences(report.problems),
  }
}

function listVariableFolders(setting: string): string[] | null {
  const folders = setting.split(/[\s,]+/).filter((folder) => folder !== '')
  return folders.length === 0 ? null : folders.map((folder) => folder.replace(/^\/+|\/+$/g, ''))
}

function readMachineId(evidence: Evidence): string | null {
  const line = (readText(evidence, 'etc/machine-id') ?? '').split('\n', 1)[0]?.trim() ?? ''
  return /^[0-9a-f]{32}$/.test(line) ? line : null
}
