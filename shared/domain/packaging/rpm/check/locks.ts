import type { RpmLock, RpmTool } from '../model.ts'
import { compareRpmVersions } from '../version.ts'
import { compileGlob, isGlob } from './glob.ts'
import { readLockForms } from './package-pattern.ts'
import type { NamedVersion } from './package-pattern.ts'
import { readPattern } from './patterns.ts'
import type { Universe } from './patterns.ts'

/** The locks of a machine, read. */
export interface Locks {
  /** May this version, of that repository, not be taken because of a lock? */
  forbids(version: NamedVersion, repository: string): boolean
  /** Is it a version that a lock of kind `only` allows? Then what obsoletes it is kept away as well. */
  readonly keeps: (version: NamedVersion) => boolean
}

interface ReadLock {
  readonly kind: RpmLock['kind']
  /** null: only trying tells. */
  readonly names: readonly string[] | null
  readonly concerns: (name: string) => boolean
  readonly matches: (version: NamedVersion, repository: string) => boolean
  readonly keeps: (version: NamedVersion) => boolean
}

/**
 * dnf's version lock: of a name that a lock of kind `only` names, what none of the locks of that kind matches is hidden, as is what a lock
 * of kind `never` matches. zypper's locks are all of kind `never` and match by name.
 */
export function readLocks(locks: readonly RpmLock[], tool: RpmTool, universe: Universe): Locks {
  const find = indexLocks(locks.map((lock) => readLock(lock, tool, universe)))
  return {
    forbids: (version, repository) => {
      const concerned = find(version.name)
      if (concerned.length === 0) return false

      const matching = concerned.filter((lock) => lock.matches(version, repository))
      if (matching.some(({ kind }) => kind === 'never')) return true
      return concerned.some(isOnly) && !matching.some(isOnly)
    },
    keeps: (version) => find(version.name).some((lock) => isOnly(lock) && lock.keeps(version)),
  }
}

function isOnly({ kind }: ReadLock): boolean {
  return kind === 'only'
}

/** Machines lock whole systems: locks of plain names are looked up. */
function indexLocks(locks: readonly ReadLock[]): (name: string) => readonly ReadLock[] {
  const byName = new Map<string, ReadLock[]>()
  const globs = locks.filter(({ names }) => names === null)
  for (const lock of locks) {
    for (const name of new Set(lock.names)) {
      const others = byName.get(name)
      if (others === undefined) byName.set(name, [lock])
      else others.push(lock)
    }
  }
  return (name) => [...(byName.get(name) ?? []), ...globs.filter((lock) => lock.concerns(name))]
}

function readLock(lock: RpmLock, tool: RpmTool, universe: Universe): ReadLock {
  const { kind, conditions } = lock
  // With conditions of its own, or for zypper, a pattern is a name.
  if (conditions.length > 0 || tool === 'zypper') {
    const concerns = compileGlob(lock.pattern)
    const matches: ReadLock['matches'] = (version, repository) =>
      concerns(version.name) && conditions.every((condition) => meets(condition, version, repository))
    const names = isGlob(lock.pattern) ? null : [lock.pattern]
    return { kind, names, concerns, matches, keeps: (version) => matches(version, '') }
  }
  const pattern = readPattern(lock.pattern, universe, readLockForms)
  const { plainNames, matchesName, matches, matchesSomehow } = pattern
  return { kind, names: plainNames, concerns: matchesName, matches, keeps: matchesSomehow }
}

function meets(condition: RpmLock['conditions'][number], version: NamedVersion, repository: string): boolean {
  return holds(condition.operator, compare(condition, version, repository))
}

function compare({ key, value }: RpmLock['conditions'][number], version: NamedVersion, repository: string): number {
  switch (key) {
    case 'epoch':
      return Math.sign((version.epoch ?? 0) - Number(value))
    case 'version':
      return compareRpmVersions(version.version, value)
    case 'release':
      return compareRpmVersions(version.release, value)
    case 'evr':
      return compareRpmVersions(`${version.epoch ?? 0}:${version.version}-${version.release}`, value)
    case 'arch':
      return compileGlob(value)(version.architecture) ? 0 : 1
    case 'repository':
      return compileGlob(value)(repository) ? 0 : 1
    default:
      return key satisfies never
  }
}

function holds(operator: RpmLock['conditions'][number]['operator'], sign: number): boolean {
  switch (operator) {
    case '<':
      return sign < 0
    case '<=':
      return sign <= 0
    case '=':
      return sign === 0
    case '!=':
      return sign !== 0
    case '>=':
      return sign >= 0
    case '>':
      return sign > 0
    default:
      return operator satisfies never
  }
}
