import type { CommandLine, MachineCommands } from '../package-system.ts'
import type { Update } from '../update.ts'
import type { RpmPolicy, RpmTool } from './model.ts'

/** What rpm takes as a name, less anything that a shell or an option parser could take for something else. */
const PACKAGE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,200}$/
const ARCHITECTURE = /^[a-z0-9_]{1,40}$/
const CONFIGURATION =
  /^etc\/(?:dnf|yum|yum\.repos\.d|distro\.repos\.d|zypp)(?:\/[A-Za-z0-9_.-]{1,200}){1,3}$|^etc\/yum\.conf$/

const WORDS: Record<RpmTool, { upgrade: string; release: string }> = {
  dnf5: { upgrade: 'dnf upgrade', release: 'dnf versionlock delete' },
  dnf4: { upgrade: 'dnf upgrade', release: 'dnf versionlock delete' },
  yum: { upgrade: 'yum update', release: 'yum versionlock delete' },
  zypper: { upgrade: 'zypper update', release: 'zypper removelock' },
}

/** The commands of the machine's own tool. */
export function rpmCommands(policy: Pick<RpmPolicy, 'tool'>): MachineCommands {
  const { upgrade, release } = WORDS[policy.tool]
  return {
    install: (updates) => compose(updates, policy.tool, (names) => `${upgrade} ${names}`),
    release: (updates) => compose(updates, policy.tool, (names) => `${release} ${names} && ${upgrade} ${names}`),
    isConfiguration: (path) => CONFIGURATION.test(path) && !path.includes('..'),
  }
}

/** A package is named with its architecture only where one name is meant for several: zypper wants none. */
function compose(updates: readonly Update[], tool: RpmTool, write: (names: string) => string): CommandLine | null {
  const taken = updates.filter(({ name, architecture }) => PACKAGE_NAME.test(name) && ARCHITECTURE.test(architecture))
  const names = taken.map(({ name, architecture }) => {
    const isTwin = taken.some((other) => other.name === name && other.architecture !== architecture)
    return isTwin && tool !== 'zypper' ? `${name}.${architecture}` : name
  })
  return taken.length === 0 ? null : { command: write([...new Set(names)].toSorted().join(' ')), taken }
}
