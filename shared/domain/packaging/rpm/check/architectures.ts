/**
 * Which architectures a machine takes packages of, best first; what is not in its line is not for it. The lines are those that libsolv
 * gives dnf and zypper alike. `noarch` stands behind all of them.
 */
export interface Architectures {
  /** Lower is better; null: not for this machine. */
  rank(architecture: string): number | null
}

const NOARCH = 'noarch'

const LINES = [
  'x86_64_v4 x86_64_v3 x86_64_v2 x86_64 athlon i686 i586 i486 i386',
  'amd64 x86_64 athlon i686 i586 i486 i386',
  'ia32e x86_64 athlon i686 i586 i486 i386',
  'athlon i686 i586 i486 i386',
  'ppc64p7 ppc64 ppc',
  'ppc64iseries ppc64 ppc',
  'ppc64pseries ppc64 ppc',
  's390x s390',
  'armv8hl armv7hnl armv7hl armv6hl',
  'armv8l armv7l armv6l armv5tejl armv5tel armv5tl armv5l armv4tl armv4l armv3l',
  'armv7hnl armv7hl armv6hl',
  'armv7l armv6l armv5tejl armv5tel armv5tl armv5l armv4tl armv4l armv3l',
  'sparc64v sparc64 sparcv9v sparcv9 sparcv8 sparc',
  'sh4a sh4',
  'mips64el mipsel',
  'mips64 mips',
].map((line) => line.split(' '))

/** An architecture that is in no line takes its own packages and `noarch`. */
export function openArchitectures(machine: string): Architectures {
  const line = LINES.find((names) => names.includes(machine)) ?? [machine]
  const ranks = new Map<string, number>()
  for (const name of line.slice(line.indexOf(machine))) ranks.set(name, ranks.size)
  ranks.set(NOARCH, ranks.size)
  return { rank: (architecture) => ranks.get(architecture) ?? null }
}

/** May a package of one architecture take the place of one of the other? dnf: the same, or from or to `noarch`. */
export function isSameOrNoarch(a: string, b: string): boolean {
  return a === b || a === NOARCH || b === NOARCH
}
