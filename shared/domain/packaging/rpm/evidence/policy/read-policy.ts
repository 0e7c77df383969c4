import { listFolder, readText } from '../../../../evidence.ts'
import type { Evidence } from '../../../../evidence.ts'
import type { RpmPolicy, RpmRepositoryPolicy, RpmTool } from '../../model.ts'
import { beyondQuota } from '../../../evidence-fault.ts'
import type { MainConfiguration } from '../files/main-configuration.ts'
import { readBoolean } from '../files/option-values.ts'
import type { Report } from '../files/report.ts'
import { isPluginEnabled } from '../repositories/read-repositories.ts'
import type { ChosenTool } from './choose-tool.ts'
import { readModuleStates } from './module-states.ts'
import { readVendorGroups } from './vendor-groups.ts'
import { readVersionLocks } from './version-lock.ts'
import { readZypperLocks } from './zypper-locks.ts'

interface Machine {
  readonly evidence: Evidence
  readonly chosen: ChosenTool
  readonly main: MainConfiguration
  readonly releasever: string | null
  readonly repositories: readonly RpmRepositoryPolicy[]
  readonly report: Report
}

const MAX_PATTERNS = 20_000

/** All that decides candidates on one machine, with what its tool does where nothing is set. @throws Fault `quota_exceeded` */
export function readPolicy({ evidence, chosen, main, releasever, repositories, report }: Machine): RpmPolicy {
  const { tool, version } = chosen
  const isZypper = tool === 'zypper'
  const allowVendorChange = isZypper
    ? readBoolean(main.find('solver.allowVendorChange')?.text ?? '') === true
    : (main.findBoolean('allow_vendor_change') ?? true)
  const isExcluding =
    !isZypper && !main.collect(['disable_excludes'], []).some((word) => ['all', '*', 'main'].includes(word))
  const excludes = isExcluding ? main.collect(['exclude', 'excludepkgs'], []) : []
  const includes = isExcluding && tool !== 'yum' ? main.collect(['includepkgs'], []) : []
  const patterns = [excludes, includes, ...repositories.flatMap((each) => [each.excludes, each.includes])]
  if (patterns.reduce((sum, some) => sum + some.length, 0) > MAX_PATTERNS) {
    throw beyondQuota('etc', `more than ${MAX_PATTERNS} patterns of packages to leave out.`)
  }
  reportUnfollowed(evidence, tool, main, report)
  return {
    tool,
    toolVersion: version,
    releasever,
    excludes,
    includes,
    installOnly: readInstallOnly(evidence, tool, main),
    allowVendorChange,
    vendorGroups: readVendorGroups(evidence, tool, allowVendorChange, report),
    best: (tool === 'dnf4' || tool === 'dnf5') && (main.findBoolean('best') ?? tool === 'dnf5'),
    obsoletes: isZypper || (main.findBoolean('obsoletes') ?? true),
    multilib: !isZypper && main.find('multilib_policy')?.text.trim() === 'all' ? 'all' : 'best',
    locks: isZypper ? readZypperLocks(evidence, report) : readVersionLocks(evidence, tool, main, report),
    modules: tool === 'dnf4' || tool === 'dnf5' ? readModuleStates(evidence, report) : [],
    repositories,
  }
}

/** dnf, const.py; libdnf5, const.hpp. */
const DNF_BUILT_IN =
  'kernel kernel-PAE installonlypkg(kernel) installonlypkg(kernel-module) installonlypkg(vm) multiversion(kernel)'.split(
    ' ',
  )
/** yum 3, config.py; a setting replaces it. */
const YUM_BUILT_IN =
  'kernel kernel-bigmem installonlypkg(kernel-module) installonlypkg(vm) kernel-enterprise kernel-smp kernel-debug kernel-unsupported kernel-source kernel-devel kernel-PAE kernel-PAE-debug'.split(
    ' ',
  )
/** What the `zypp.conf` that libzypp comes with says. */
const ZYPPER_SHIPPED = ['multiversion(kernel)']

function readInstallOnly(evidence: Evidence, tool: RpmTool, main: MainConfiguration): readonly string[] {
  if (tool === 'dnf4' || tool === 'dnf5') return main.collect(['installonlypkgs'], DNF_BUILT_IN)
  if (tool === 'yum') {
    return main.find('installonlypkgs') === null ? YUM_BUILT_IN : main.collect(['installonlypkgs'], [])
  }
  const hasFile = ['etc/zypp/zypp.conf', 'usr/etc/zypp/zypp.conf'].some((path) => evidence.files.has(path))
  const named = main.collect(['multiversion'], [])
  const parts = listFolder(evidence, 'etc/zypp/multiversion.d').flatMap((path) =>
    (readText(evidence, path) ?? '').split('\n').map((line) => line.trim()),
  )
  const all = [...(hasFile ? named : ZYPPER_SHIPPED), ...parts.filter((line) => line !== '' && !line.startsWith('#'))]
  return all.map((word) => word.replace(/^provides:/, ''))
}

/** Settings that change what is offered in ways that are not followed: better unknown than wrong. */
const UNFOLLOWED = ['ignorearch', 'arch', 'installroot', 'pluginconfpath']
/** Plugins of yum 3 and dnf4 that bring repositories of their own or hide those of others. */
const PLUGINS = ['rhnplugin', 'protectbase', 'spacewalk']

function reportUnfollowed(evidence: Evidence, tool: RpmTool, main: MainConfiguration, report: Report): void {
  if (tool === 'zypper') return
  for (const key of UNFOLLOWED) {
    const setting = main.find(key)
    const isUsual = setting === null || ['', '/', '0', 'no', 'false', 'off'].includes(setting.text.trim().toLowerCase())
    if (!isUsual) report.problems.push(`${setting.place}: ${key} is set, which is not followed.`)
  }
  const proxy = main.find('proxy')
  if (proxy !== null && !['', '_none_'].includes(proxy.text.trim().toLowerCase())) {
    report.warnings.push(
      `${proxy.place}: the machine reaches its repositories through a proxy; here they are asked directly.`,
    )
  }
  if (tool !== 'yum') return
  for (const name of PLUGINS) {
    if (isPluginEnabled(evidence, name)) {
      report.problems.push(`etc/yum/pluginconf.d/${name}.conf: what the plugin does is not followed.`)
    }
  }
}
