import type { Evidence } from '../../../../evidence.ts'
import type { OsRelease } from '../../../../os-release.ts'
import type { RpmPackage, RpmTool } from '../../model.ts'

export interface ChosenTool {
  readonly tool: RpmTool
  /** Version of the package that the tool comes from, null where it is not installed. */
  readonly version: string | null
  readonly warnings: readonly string[]
}

/**
 * Whose rules the machine follows. The first rule that holds decides:
 * 1. `zypper` is installed and there is `etc/zypp`, and neither dnf nor yum is installed, or the system is one of SUSE's: zypper.
 * 2. `dnf5` or `libdnf5` is installed, or `etc/dnf/versionlock.toml`, `etc/dnf/libdnf5.conf.d` or something of `usr/share/dnf5` is there: dnf5;
 *    but dnf4 where a `dnf` of version 4 is installed beside it and the system is not one on which dnf5 has taken its place.
 * 3. `dnf` or `microdnf` is installed, or there is `etc/dnf`: dnf4.
 * 4. `yum` of version 3 is installed, or there is `etc/yum.conf` and nothing above: yum.
 * 5. `etc/zypp` is there: zypper.
 * 6. By os-release: Fedora from 41 dnf5, SUSE's systems zypper, version 7 and older of the RHEL family and Amazon Linux 2 yum; else dnf4.
 */
export function chooseTool(evidence: Evidence, packages: readonly RpmPackage[], os: OsRelease): ChosenTool {
  const versions = new Map<string, string>()
  for (const { name, version } of packages) if (NAMES.has(name)) versions.set(name, version)
  const has = (folder: string) => [...evidence.files.keys()].some((path) => path.startsWith(folder))
  const chosen = (tool: RpmTool, ...names: readonly string[]): ChosenTool => {
    const version = names.map((name) => versions.get(name)).find((found) => found !== undefined)
    return { tool, version: version ?? null, warnings: warnAbout(versions) }
  }

  const dnf = versions.get('dnf')
  const yum = versions.get('yum')
  const isYum3 = yum?.startsWith('3.') === true
  const hasDnf5 = versions.has('dnf5') || versions.has('libdnf5')
  const isAlone = dnf === undefined && !hasDnf5 && !isYum3
  if (versions.has('zypper') && has('etc/zypp/') && (isAlone || SUSE_FAMILY.test(os.id ?? ''))) {
    return chosen('zypper', 'zypper')
  }
  if (hasDnf5 && dnf?.startsWith('4.') === true && !isDnf5System(os)) return chosen('dnf4', 'dnf')
  if (hasDnf5 || DNF5_PATHS.some(has)) return chosen('dnf5', 'dnf5', 'libdnf5')
  if (dnf !== undefined || versions.has('microdnf')) return chosen('dnf4', 'dnf', 'microdnf')
  if (isYum3) return chosen('yum', 'yum')
  if (has('etc/dnf/')) return chosen('dnf4')
  if (has('etc/zypp/')) return chosen('zypper', 'zypper')
  if (evidence.files.has('etc/yum.conf')) return chosen('yum')
  return chosen(byRelease(os))
}

const NAMES = new Set(['zypper', 'dnf5', 'libdnf5', 'dnf', 'microdnf', 'yum', 'tdnf', 'rpm-ostree'])
const DNF5_PATHS = ['etc/dnf/versionlock.toml', 'etc/dnf/libdnf5.conf.d/', 'usr/share/dnf5/']

/** Where dnf5 took the place of `dnf`: Fedora from 41, and what follows Fedora without a number. */
function isDnf5System({ id, version }: OsRelease): boolean {
  if (id !== 'fedora') return id === null || !OLDER_FAMILIES.has(id)
  return version === null || majorOf(version) >= 41
}

const RHEL_FAMILY = ['rhel', 'centos', 'rocky', 'almalinux', 'ol', 'eurolinux', 'cloudlinux', 'scientific', 'virtuozzo']
const OLDER_FAMILIES = new Set([...RHEL_FAMILY, 'amzn', 'openeuler', 'azurelinux', 'mariner', 'anolis', 'opencloudos'])
const SUSE_FAMILY = /^(?:opensuse|sles?|sled|suse|sl-micro|caasp)/

function byRelease({ id, version }: OsRelease): RpmTool {
  if (id === null) return 'dnf4'
  const major = majorOf(version ?? '')
  if (id === 'fedora') return version !== null && major < 41 ? 'dnf4' : 'dnf5'
  if (SUSE_FAMILY.test(id)) return 'zypper'
  if (RHEL_FAMILY.includes(id)) return version !== null && major < 8 ? 'yum' : 'dnf4'
  return id === 'amzn' && (version === '2' || version?.startsWith('201') === true) ? 'yum' : 'dnf4'
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10) || 0
}

function warnAbout(versions: ReadonlyMap<string, string>): string[] {
  const warnings: string[] = []
  const others = ['dnf', 'dnf5', 'microdnf', 'yum', 'zypper'].some((name) => versions.has(name))
  if (versions.has('tdnf') && !others) {
    warnings.push('The machine updates itself with tdnf, whose rules are taken to be those of dnf.')
  }
  if (versions.has('rpm-ostree')) {
    warnings.push('The machine is updated as an image (rpm-ostree): its packages change with the next image only.')
  }
  return warnings
}
