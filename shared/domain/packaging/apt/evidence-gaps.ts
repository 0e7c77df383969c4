import { readText } from '../../evidence.ts'
import type { Evidence } from '../../evidence.ts'
import { plural } from '../../text.ts'
import type { AptPackage } from './model.ts'

/** Written by the importer: what is on the machine and was not sent, one `path<TAB>reason` a line. */
export const OMITTED_FILE = 'lazaret/omitted'

const MAX_LINES = 1000
/** Without one of these nobody knows the machine's repositories or policy. */
const DECIDING = ['etc/apt/sources.list', 'etc/apt/preferences', 'etc/apt/apt.conf']

// Shown as they are, so nothing that could hold an address with a password.
const PLAIN_PATH = /^[\w./+-]{1,200}$/
const PLAIN_REASON = /^[\w ,.'()-]{1,200}$/

/** What the importer could not send: a file that decides the answer is a problem, any other a warning. */
export function readOmitted(evidence: Evidence): { problems: string[]; warnings: string[] } {
  const problems: string[] = []
  const warnings: string[] = []
  const lines = (readText(evidence, OMITTED_FILE) ?? '').split('\n', MAX_LINES)
  for (const line of lines.filter((each) => each !== '')) {
    const [rawPath = '', rawReason = ''] = line.split('\t')
    const path = PLAIN_PATH.test(rawPath) ? rawPath : 'a file'
    const reason = PLAIN_REASON.test(rawReason) ? rawReason : 'no reason that can be shown'
    const kind = DECIDING.some((deciding) => rawPath.startsWith(deciding)) ? problems : warnings
    kind.push(`${path}: not sent: ${reason}.`)
  }
  return { problems, warnings }
}

/**
 * Installed packages that need something which is not installed. dpkg does not leave a system so; the likeliest cause is a package
 * database that was cut between two entries, which nothing else shows. Names only, versions do not matter here.
 */
export function warnAboutUnmetNeeds(packages: readonly AptPackage[]): string[] {
  const present = new Set<string>()
  for (const { name, relations } of packages) {
    present.add(name)
    for (const provided of splitNames(relations.provides)) present.add(provided)
  }
  const lacking = packages.flatMap((installed) => {
    const missing = findMissing(installed, present)
    return missing === null ? [] : [`${installed.name} needs ${missing}`]
  })
  if (lacking.length === 0) return []

  const some = lacking.slice(0, 3).join(', ')
  return [
    `${plural(lacking.length, 'installed package')} need${lacking.length === 1 ? 's' : ''} what is not installed (${some}): the package database may be cut.`,
  ]
}

/** The first group of alternatives of which none is there; null when all needs are met. */
function findMissing({ state, relations }: AptPackage, present: ReadonlySet<string>): string | null {
  if (state !== 'installed') return null

  for (const field of [relations.preDepends, relations.depends]) {
    if (field === '') continue
    for (const group of field.split(',')) {
      const names = splitNames(group.replaceAll('|', ','))
      if (names.length > 0 && !names.some((name) => present.has(name))) return names.join(' or ')
    }
  }
  return null
}

/** `foo:any (>= 1), bar` → `foo`, `bar`. */
function splitNames(field: string): string[] {
  if (field === '') return []

  return field.split(',').flatMap((part) => {
    const name = /^\s*([^\s:(|]+)/.exec(part)?.[1]
    return name === undefined ? [] : [name.toLowerCase()]
  })
}
