import { readText } from '../../../evidence.ts'
import type { Evidence } from '../../../evidence.ts'
import type { RpmPackage } from '../model.ts'

/** Written by the importer: `uname -r` and `uname -m`, one a line. */
export const UNAME_FILE = 'lazaret/uname'
/** `x86_64-redhat-linux`: what rpm takes the machine for, whatever its kernel says. */
export const PLATFORM_FILE = 'etc/rpm/platform'

export interface MachineFacts {
  readonly architecture: string
  readonly runningKernel: string | null
  readonly warnings: readonly string[]
}

const WORD = /^[A-Za-z0-9_.+~^-]{1,128}$/

/**
 * The machine's architecture and its running kernel. The architecture by `etc/rpm/platform`, else by the kernel's word, else the best
 * among the installed packages.
 */
export function readMachineFacts(evidence: Evidence, packages: readonly RpmPackage[]): MachineFacts {
  const [kernel = '', machine = ''] = (readText(evidence, UNAME_FILE) ?? '').split('\n').map((line) => line.trim())
  const platform = (readText(evidence, PLATFORM_FILE) ?? '').split('\n')[0]?.split('-')[0]?.trim() ?? ''
  const named = [platform, machine].find((word) => WORD.test(word))
  const guessed = guessArchitecture(packages)
  const architecture = named ?? guessed
  const isVariant = architecture === 'x86_64' && /^x86_64_v[2-4]$/.test(guessed)
  return {
    architecture: isVariant ? guessed : architecture,
    runningKernel: WORD.test(kernel) ? kernel : null,
    // A disk without its kernel's word is the usual case; only where its packages leave room for doubt it is said.
    warnings:
      named === undefined && isDoubtful(guessed)
        ? [`${UNAME_FILE}: not there; the packages say that the machine is ${guessed}, and its kernel may be another.`]
        : [],
  }
}

/** Better ones first: one package of a wider architecture is proof of it. */
const KNOWN =
  'x86_64_v4 x86_64_v3 x86_64_v2 x86_64 aarch64 ppc64le s390x riscv64 loongarch64 ppc64 ia64 armv7hl armv7hnl armv6hl i686 i586 i486 i386'.split(
    ' ',
  )

/** Packages of these run under kernels of another architecture too. */
function isDoubtful(architecture: string): boolean {
  return architecture === 'noarch' || architecture === 'ppc64' || /^(?:i\d86|armv\d)/.test(architecture)
}

function guessArchitecture(packages: readonly RpmPackage[]): string {
  const present = new Set(packages.map(({ architecture }) => architecture))
  const best = KNOWN.find((name) => present.has(name)) ?? [...present].find((name) => name !== 'noarch')
  return best !== undefined && WORD.test(best) ? best : 'noarch'
}

const BASE: ReadonlyMap<string, string> = new Map(
  [
    'alpha alphaev4 alphaev45 alphaev5 alphaev56 alphaev6 alphaev67 alphaev68 alphaev7 alphapca56',
    'arm armv5tejl armv5tel armv5tl armv6l armv7l armv8l',
    'armhfp armv6hl armv7hl armv7hnl armv8hl armv8hnl armv8hcnl',
    'i386 i386 athlon geode i486 i586 i686',
    'ppc64 ppc64 ppc64iseries ppc64p7 ppc64pseries',
    'sh4 sh4 sh4a',
    'sparc sparc sparc64 sparc64v sparcv8 sparcv9 sparcv9v',
    'x86_64 x86_64 amd64 ia32e x86_64_v3 x86_64_v4',
  ].flatMap((line) => {
    const [base = '', ...names] = line.split(' ')
    return names.map((name) => [name, base] as const)
  }),
)

/** `$basearch` of `$arch`, as dnf has it (rpm/arch.cpp); an architecture that is in no family is its own. */
export function baseArchitecture(architecture: string): string {
  return BASE.get(architecture) ?? architecture
}
