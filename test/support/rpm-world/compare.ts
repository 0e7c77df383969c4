import type { Update } from '#shared/domain/packaging/update.ts'
import { compareRpmVersions } from '#shared/domain/packaging/rpm/version.ts'
import type { RpmMachine } from './machine.ts'
import type { OurAnswer } from './ours.ts'
import type { BuiltPackage } from './package.ts'
import type { DnfAnswer } from './real-dnf.ts'
import type { ZypperAnswer } from './real-zypper.ts'

/** One way in which this product and the machine's own tool disagree about a machine. */
export interface Difference {
  readonly machine: string
  readonly meaning:
    | 'outdated'
    | 'installable now'
    | 'contested'
    | 'replaced'
    | 'replaced now'
    | 'security'
    | 'advisories'
    | 'unknown'
  readonly onlyTool: readonly string[]
  readonly onlyOurs: readonly string[]
}

/** Every meaning, entry for entry. */
export function findDnfDifferences(machine: RpmMachine, dnf: DnfAnswer, ours: OurAnswer): Difference[] {
  const { updates } = ours.outcome
  const listed = dnf.updates.map(writeListed)
  // Where dnf can do nothing at all (its limit of kernels takes away what an excluded package needs), there is nothing to compare.
  const taken = new Set((dnf.run ?? updates.map(listUpdate)).map(writeListed))
  const installable = updates.filter((update) => dnf.run === undefined || update.installable).map(writeUpdate)
  const explain = (entry: string) => explainEntry(entry, updates)
  return [
    ...compare(machine.name, 'outdated', listed, updates.map(writeUpdate)),
    ...splitContested(
      findContested(machine),
      compare(
        machine.name,
        'installable now',
        listed.filter((entry) => taken.has(entry)),
        installable,
        explain,
      ),
    ),
    ...compare(
      machine.name,
      'replaced',
      newestOfEach(dnf.obsoletes).map(writeObsoletes),
      (ours.outcome.replacements ?? []).filter((one) => isListed(one.name, dnf)).map(writeReplacement),
    ),
    ...splitContested(findContested(machine), findReplacing(machine, dnf, ours)),
    ...compare(
      machine.name,
      'security',
      dnf.security.map(writeListed),
      updates.filter(({ kind }) => kind === 'security').map(writeUpdate),
    ),
    ...compare(
      machine.name,
      'advisories',
      updates.flatMap((update) => advisoriesFor(update, dnf)),
      updates.flatMap((update) =>
        (update.advisories ?? []).map(({ id }) => `${update.name}.${update.architecture} ${id}`),
      ),
    ),
    ...unknowns(machine.name, ours),
  ]
}

/** Which of the listed replacements a run makes. */
function findReplacing({ name: machine }: RpmMachine, dnf: DnfAnswer, { outcome }: OurAnswer): Difference[] {
  const { run, runReplaces = [] } = dnf
  if (run === undefined) return []

  const coming = new Set(run.map(writeListed))
  const gone = new Set(runReplaces.map(([name]) => name))
  const listed = outcome.replacements ?? []
  const write = ({ name, architecture, replacedBy, candidate }: (typeof listed)[number]) =>
    `${name}.${architecture} by ${replacedBy} ${candidate}`
  return compare(
    machine,
    'replaced now',
    listed
      .filter((one) => gone.has(one.name) && coming.has(`${one.replacedBy}.${one.architecture} ${one.candidate}`))
      .map(write),
    listed.filter(({ installable }) => installable).map(write),
  )
}

/**
 * Where one update conflicts with another, either one can be had. libsolv decides by name, and so do we, but where a choice turns out to be
 * impossible later it goes back in ways that are not followed here. What is built from the same source goes with them.
 */
function findContested(machine: RpmMachine): ReadonlySet<string> {
  return withSiblings(machine, ({ name }) => machine.conflicting.has(name))
}

/** The names of these packages, and of what is built from the same sources. */
function withSiblings({ installed }: RpmMachine, isNamed: (one: BuiltPackage) => boolean): ReadonlySet<string> {
  const sources = new Set(installed.filter(isNamed).map(({ sourceRpm }) => sourceOf(sourceRpm)))
  return new Set(installed.filter(({ sourceRpm }) => sources.has(sourceOf(sourceRpm))).map(({ name }) => name))
}

function sourceOf(sourceRpm: string): string {
  return sourceRpm.split('-').slice(0, -2).join('-')
}

function splitContested(contested: ReadonlySet<string>, differences: readonly Difference[]): Difference[] {
  const isContested = (entry: string) => contested.has(entry.slice(0, entry.lastIndexOf('.', entry.indexOf(' '))))
  return differences.flatMap((one) =>
    [true, false].flatMap((wanted) => {
      const part = (entries: readonly string[]) => entries.filter((entry) => isContested(entry) === wanted)
      const [onlyTool, onlyOurs] = [part(one.onlyTool), part(one.onlyOurs)]
      if (onlyTool.length + onlyOurs.length === 0) return []
      return [{ ...one, meaning: wanted ? ('contested' as const) : one.meaning, onlyTool, onlyOurs }]
    }),
  )
}

/** `list-updates -a` and `list-updates`. */
export function findZypperDifferences(machine: RpmMachine, zypper: ZypperAnswer, ours: OurAnswer): Difference[] {
  const { updates } = ours.outcome
  const installable = updates.filter((update) => update.installable).map(writeUpdate)
  // A run may take an older one than the newest, of the vendor that the package has.
  const taken = zypper.taken.filter((entry) => zypper.all.includes(entry))
  const explain = (entry: string) => explainEntry(entry, updates)
  return [
    ...compare(machine.name, 'outdated', zypper.all, updates.map(writeUpdate)),
    ...splitContested(findContested(machine), compare(machine.name, 'installable now', taken, installable, explain)),
    ...unknowns(machine.name, ours),
  ]
}

function unknowns(machine: string, { outcome, trouble }: OurAnswer): Difference[] {
  return compare(machine, 'unknown', [], [...outcome.unknowns, ...trouble])
}

function compare(
  machine: string,
  meaning: Difference['meaning'],
  theirs: readonly string[],
  mine: readonly string[],
  explain: (entry: string) => string = (entry) => entry,
): Difference[] {
  const [onlyTool, onlyOurs] = [leaveOut(theirs, mine).map(explain), leaveOut(mine, theirs)]
  return onlyTool.length + onlyOurs.length === 0 ? [] : [{ machine, meaning, onlyTool, onlyOurs }]
}

function leaveOut(all: readonly string[], known: readonly string[]): string[] {
  const others = new Set(known)
  return [...new Set(all)].filter((entry) => !others.has(entry)).toSorted()
}

function explainEntry(entry: string, updates: readonly Update[]): string {
  const update = updates.find((one) => writeUpdate(one) === entry)
  return update === undefined || update.installable ? entry : `${entry} (${update.heldBackBy.join(', ')})`
}

function listUpdate({ name, architecture, candidate, repository }: Update): DnfAnswer['updates'][number] {
  return [name, architecture, candidate, repository]
}

function writeListed([name, architecture, evr]: DnfAnswer['updates'][number]): string {
  return `${name}.${architecture} ${evr}`
}

function writeUpdate({ name, architecture, candidate }: Update): string {
  return `${name}.${architecture} ${candidate}`
}

function writeObsoletes([name, , evr, , oldName, , oldEvr]: DnfAnswer['obsoletes'][number]): string {
  return `${name} ${evr} for ${oldName} ${oldEvr}`
}

/** dnf leaves out of its list what a run replaces all the same, where a better repository has the old name, hidden or not. */
function isListed(oldName: string, dnf: DnfAnswer): boolean {
  return dnf.obsoletes.some(([, , , , old]) => old === oldName) || !isReplaced(oldName, dnf)
}

function isReplaced(oldName: string, { runReplaces = [] }: DnfAnswer): boolean {
  return runReplaces.some(([name]) => name === oldName)
}

/**
 * dnf lists every version that would do; what a run takes, and what we list, is the newest. It also lists what is installed already
 * beside the package that it obsoletes, and, because it pairs by provides, what obsoletes itself; no run does anything about these.
 */
function newestOfEach(all: DnfAnswer['obsoletes']): DnfAnswer['obsoletes'] {
  const newest = new Map<string, DnfAnswer['obsoletes'][number]>()
  const installed = new Map(all.filter(([, , , from]) => from === '@System').map(([name, , evr]) => [name, evr]))
  for (const one of all) {
    const [name, architecture, evr, , ...old] = one
    const key = [name, architecture, ...old].join(' ')
    const known = newest.get(key)
    if (name === old[0]) continue
    if (compareRpmVersions(evr, installed.get(name) ?? '') <= 0) continue
    if (known === undefined || compareRpmVersions(evr, known[2]) > 0) newest.set(key, one)
  }
  return [...newest.values()]
}

function writeReplacement(one: Update & { replacedBy: string }): string {
  return `${one.replacedBy} ${one.candidate} for ${one.name} ${one.installed}`
}

function advisoriesFor(update: Update, dnf: DnfAnswer): string[] {
  return dnf.advisories
    .filter(([, , name, architecture]) => name === update.name && architecture === update.architecture)
    .filter(([, , , , evr]) => compareRpmVersions(evr, update.candidate) <= 0)
    .filter(([, , , , evr]) => compareRpmVersions(evr, update.installed) > 0)
    .map(([id]) => `${update.name}.${update.architecture} ${id}`)
}
