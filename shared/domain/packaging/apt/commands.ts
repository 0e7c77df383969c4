import type { CommandLine, MachineCommands } from '../package-system.ts'
import type { Update } from '../update.ts'

/** Debian policy 5.6.1. Nothing else goes into a command. */
const PACKAGE_NAME = /^[a-z0-9][a-z0-9+.-]{0,200}$/
const ARCHITECTURE = /^[a-z0-9][a-z0-9-]{0,40}$/
const CONFIGURATION = /^etc\/apt\/[A-Za-z0-9_.-]{1,200}(?:\/[A-Za-z0-9_.-]{1,200})?$/

/** apt's own commands. */
export const APT_COMMANDS: MachineCommands = {
  install: (updates, among) => compose(updates, among, (names) => `apt-get install --only-upgrade ${names}`),
  release: (updates, among) =>
    compose(updates, among, (names) => `apt-mark unhold ${names} && apt-get install --only-upgrade ${names}`),
  isConfiguration: (path) => CONFIGURATION.test(path) && !path.includes('..'),
}

function compose(
  updates: readonly Update[],
  among: readonly Update[],
  write: (names: string) => string,
): CommandLine | null {
  const taken = updates.filter(({ name, architecture }) => PACKAGE_NAME.test(name) && ARCHITECTURE.test(architecture))
  return taken.length === 0 ? null : { command: write(namesOf(taken, among)), taken }
}

/** With the architecture where one name is there for several. */
function namesOf(chosen: readonly Update[], among: readonly Update[]): string {
  const isTwin = (update: Update) => among.some((other) => other.name === update.name && other !== update)
  const names = chosen.map((update) => (isTwin(update) ? `${update.name}:${update.architecture}` : update.name))
  return [...new Set(names)].toSorted().join(' ')
}
