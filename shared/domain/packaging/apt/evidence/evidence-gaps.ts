import { readText } from '../../../evidence.ts'
import type { Evidence } from '../../../evidence.ts'
import { plural } from '../../../text.ts'
import type { AptPackage } from '../model.ts'

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
    for (let start = 0; start < field.length;) {
      const comma = field.indexOf(',', start)
      const end = comma === -1 ? field.length : comma
      if (!isMet(field, start, end, present)) {
        return splitNames(field.slice(start, end).replaceAll('|', ',')).join(' or ')
      }
      start = end + 1
    }
  }
  return null
}

/** Is one alternative of the group there? A group that names nothing counts as met. Every need of every package comes by here. */
function isMet(field: string, start: number, end: number, present: ReadonlySet<string>): boolean {
  let namesNothing = true
  for (let at = start; at < end;) {
    const bar = field.indexOf('|', at)
    const last = bar === -1 || bar > end ? end : bar
    const name = nameAt(field, at, last)
    if (name !== '') {
      if (present.has(name)) return true
      namesNothing = false
    }
    at = last + 1
  }
  return namesNothing
}

/** `foo:any (>= 1), bar` → `foo`, `bar`. */
function splitNames(field: string): string[] {
  if (field === '') return []

  return field
    .split(',')
    .map((part) => nameAt(part, 0, part.length))
    .filter((name) => name !== '')
}

/** The name that a relation begins with; '' where there is none. */
function nameAt(text: string, start: number, end: number): string {
  let from = start
  while (from < end && text.charCodeAt(from) <= SPACE) from += 1
  let to = from
  while (to < end && !ENDS_NAME.includes(text[to] ?? ' ')) to += 1
  return text.slice(from, to).toLowerCase()
}

const SPACE = 0x20
const ENDS_NAME = ' \t\n\r:(|'
