import { readText } from '../../../evidence.ts'
import type { Evidence } from '../../../evidence.ts'
import type { OsRelease } from '../../../os-release.ts'
import type { RpmPackage, RpmTool } from '../model.ts'

export interface Releasever {
  readonly value: string | null
  readonly warnings: readonly string[]
}

/** The order in which dnf asks (dnf, const.py; libdnf5, vars.cpp). */
const CAPABILITIES = [
  'system-release(releasever)',
  'system-release',
  'distribution-release(releasever)',
  'distribution-release',
  'redhat-release',
  'suse-release',
]

export const PRODUCTS_FOLDER = 'etc/products.d'

interface Asked {
  readonly tool: RpmTool
  readonly packages: readonly RpmPackage[]
  readonly os: OsRelease
  /** yum's `distroverpkg`. */
  readonly distroverpkg: readonly string[]
}

/**
 * `$releasever` as the tool finds it: for zypper the version of the base product (libzypp, TargetImpl), for all others that of the package
 * that provides `system-release` or what else stands for it. Where the evidence does not tell, os-release does, with a warning.
 */
export function detectReleasever(evidence: Evidence, { tool, packages, os, distroverpkg }: Asked): Releasever {
  const product = tool === 'zypper' ? readProductVersion(evidence) : null
  const found = product ?? findProvided(packages, [...distroverpkg, ...CAPABILITIES], tool) ?? findByName(packages)
  if (found !== null && isPlain(found)) return { value: found, warnings: [] }

  const value =
    tool === 'zypper' || os.id === 'fedora' || os.version === null ? os.version : releaseOf(os.id, os.version)
  if (value === null) return { value: null, warnings: [] }
  return {
    value,
    warnings: [`$releasever is taken to be ${value}, as os-release has it: no installed package says it.`],
  }
}

/**
 * Amazon Linux 2023 names the release that is installed in its addresses: such a machine is offered nothing newer until a person moves it on,
 * and its package manager says that all is well.
 */
export function warnAboutPinnedRelease({ id, version }: OsRelease, releasever: string | undefined): string[] {
  const isPinned = id === 'amzn' && version === '2023' && releasever !== undefined && releasever !== 'latest'
  if (!isPinned) return []
  return [
    `The machine takes packages of ${isPlain(releasever) ? `release ${releasever}` : 'one release'} only; updates of later releases are not offered to it.`,
  ]
}

function isPlain(text: string): boolean {
  return /^[A-Za-z0-9._+~:-]{1,64}$/.test(text)
}

/** The families that number their repositories by the major version alone. */
function releaseOf(id: string | null, version: string): string {
  const isMajor = id !== null && ['rhel', 'centos', 'rocky', 'almalinux', 'ol', 'fedora'].includes(id)
  return isMajor ? (version.split('.')[0] ?? version) : version
}

function findProvided(packages: readonly RpmPackage[], names: readonly string[], tool: RpmTool): string | null {
  const providers = new Map<string, { version: string; evr: string }>()
  for (const { name, version, relations } of packages) {
    for (const provided of relations?.provides ?? []) {
      if (!names.includes(provided.name) || providers.has(provided.name)) continue

      const overrides = provided.operator === '=' && (tool === 'dnf5' || name !== provided.name)
      providers.set(provided.name, { version, evr: overrides ? provided.evr : '' })
    }
  }
  for (const name of names) {
    const provider = providers.get(name)
    if (provider !== undefined) return provider.evr || provider.version
  }
  return null
}

const RELEASE_PACKAGES =
  'rocky-release almalinux-release centos-stream-release centos-release centos-linux-release redhat-release redhat-release-server fedora-release fedora-release-common oraclelinux-release system-release openSUSE-release sles-release'.split(
    ' ',
  )

/** For a listing without relations. */
function findByName(packages: readonly RpmPackage[]): string | null {
  const found = packages.find(({ name, relations }) => relations === null && RELEASE_PACKAGES.includes(name))
  if (found === undefined) return null

  const isMajor = !/^(?:fedora|openSUSE|sles|system)/.test(found.name)
  return isMajor ? (found.version.split('.')[0] ?? null) : found.version
}

/** `<version>15.5</version>` of `baseproduct`, which is a link to one of the product files. */
function readProductVersion(evidence: Evidence): string | null {
  const text = readText(evidence, `${PRODUCTS_FOLDER}/baseproduct`)
  if (text === null) return null

  const start = text.indexOf('<version>')
  const end = text.indexOf('</version>', start)
  const version = start === -1 || end === -1 ? '' : text.slice(start + '<version>'.length, end).trim()
  return isPlain(version) ? version : null
}
