import type { RpmPackage, RpmRelation } from '../model.ts'
import { compareEvr, formatEvr } from '../version.ts'
import { compileGlob, isGlob } from './glob.ts'

/** Is a package of those that are only ever installed beside their older versions? By its name or by what it provides. */
export type IsInstallOnly = (versioned: {
  readonly name: string
  readonly relations: { readonly provides: readonly RpmRelation[] } | null
}) => boolean

export function readInstallOnly(patterns: readonly string[]): IsInstallOnly {
  const plain = new Set(patterns.filter((pattern) => !isGlob(pattern)))
  const globs = patterns.filter(isGlob).map(compileGlob)
  const matches = (name: string) => plain.has(name) || globs.some((glob) => glob(name))
  return ({ name, relations }) =>
    matches(name) || relations?.provides.some((provided) => matches(provided.name)) === true
}

/**
 * Says when the machine does not run the newest kernel that is installed, or when nobody knows which one it runs: then a fix that is
 * installed may not be in force. null: it runs the newest, or has no kernel of its own (a container).
 */
export function describeRestart(packages: readonly RpmPackage[], runningKernel: string | null): string | null {
  const kernels = packages.filter(({ name }) => KERNEL.test(name))
  if (kernels.length === 0) return null

  const running = runningKernel === null ? undefined : kernels.find((kernel) => isRunning(kernel, runningKernel))
  if (running === undefined) {
    const which =
      runningKernel === null
        ? 'Which kernel the machine runs is not known'
        : `The machine runs the kernel ${runningKernel}, which is not among those installed`
    return `${which}: a restart may be needed before installed fixes are in force.`
  }
  const newest = kernels
    .filter(({ name, architecture }) => name === running.name && architecture === running.architecture)
    .reduce((best, other) => (compareEvr(other, best) > 0 ? other : best))
  if (newest === running || compareEvr(newest, running) === 0) return null
  return `Restart needed: the machine runs ${running.name} ${formatEvr(running)} while ${formatEvr(newest)} is installed.`
}

// The packages that hold a kernel's image: Fedora and its kin (`kernel-core` beside the empty `kernel`), Oracle, SUSE's flavours.
const KERNEL =
  /^kernel(?:-(?:core|PAE|uek|uek-core|rt|rt-core|64k|64k-core|debug|debug-core|lt|ml|ml-core|lt-core|default|default-base|azure|kvmsmall|preempt|longterm|pae))?$/

/**
 * `uname -r` is `VERSION-RELEASE.ARCHITECTURE`, where Fedora's kin add `+debug` and the like for flavours, and `VERSION-RELEASE-FLAVOUR` with
 * a release that lacks its last numbers on SUSE. `kernel-uname-r` says it outright where it is provided.
 */
function isRunning(kernel: RpmPackage, uname: string): boolean {
  const provided = kernel.relations?.provides.find(({ name }) => name === 'kernel-uname-r')
  if (provided !== undefined) return provided.evr === uname

  const { name, version, release, architecture } = kernel
  if (uname === `${version}-${release}.${architecture}` || uname === `${version}-${release}`) return true

  const flavour = name.slice('kernel-'.length).replace(/-base$/, '')
  const start = `${version}-`
  const end = `-${flavour}`
  if (flavour === '' || !uname.startsWith(start) || !uname.endsWith(end)) return false

  const shown = uname.slice(start.length, -end.length)
  return release === shown || release.startsWith(`${shown}.`)
}
