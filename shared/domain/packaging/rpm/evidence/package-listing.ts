import type { RpmPackage, RpmRelation, RpmRelations } from '../model.ts'
import { beyondQuota, malformed } from '../../evidence-fault.ts'

/** What the importer's query of rpm prints: `lazaret/rpm-packages`. */
export const LISTING_FILE = 'lazaret/rpm-packages'

const FIRST_LINE = 'lazaret-rpm-packages 1'
const NONE = '(none)'

/** Far above any real machine; the same bounds as for a database. */
const MAX_PACKAGES = 50_000
const MAX_RELATIONS = 1_000_000
const MAX_FIELD = 4096

/**
 * The packages of a listing that `rpm -qa` printed: after the first line, for each package a line `P name epoch version release arch
 * sourcerpm vendor installtime modularitylabel` with tabs between, then its relations, `p`, `r`, `c` or `o` with name, flags and version; at
 * the end `E` and the number of packages. A listing without a single relation says nothing of relations (null). Keys are left out.
 * @param place only printed
 * @throws Fault `evidence_malformed` naming the line, also where the end is missing; `quota_exceeded`
 */
export function readPackageListing(bytes: Uint8Array, place: string): RpmPackage[] {
  const text = new TextDecoder('utf-8').decode(bytes)
  const state: State = { place, line: 0, packages: [], current: null, counted: 0, relations: 0, isEnded: false }
  let from = 0
  while (from < text.length) {
    const newline = text.indexOf('\n', from)
    const end = newline === -1 ? text.length : newline
    state.line += 1
    readLine(state, withoutNone(text.slice(from, end)))
    from = end + 1
  }

  if (!state.isEnded) throw malformed(place, Math.max(state.line, 1), 'the list of packages ends before its last line.')
  if (state.relations > 0) return state.packages
  return state.packages.map((each) => ({ ...each, relations: null }))
}

type Lists = { -readonly [Kind in keyof RpmRelations]: RpmRelation[] }

interface State {
  readonly place: string
  line: number
  readonly packages: RpmPackage[]
  /** Takes the relations of the package above; null before the first. */
  current: Lists | null
  /** Keys included. */
  counted: number
  relations: number
  isEnded: boolean
}

/** rpm prints `(none)` in place of a whole list that a package does not have, without a line's end. */
function withoutNone(line: string): string {
  let from = 0
  while (line.startsWith(NONE, from)) from += NONE.length
  return line.slice(from)
}

function readLine(state: State, line: string): void {
  const { place, line: number } = state
  if (number === 1) {
    if (line !== FIRST_LINE) throw malformed(place, 1, 'not a list of packages of a form that is known.')
    return
  }
  if (line === '') return
  if (state.isEnded) throw malformed(place, number, 'the list of packages goes on after its end.')

  const fields = line.split('\t')
  if (line.includes('\0') || fields.some((field) => field.length > MAX_FIELD)) {
    throw malformed(place, number, 'a field that is too long, or with a character that none has.')
  }
  const [letter = ''] = fields
  const kind = KINDS.get(letter)
  if (kind !== undefined) readRelation(state, kind, fields)
  else if (letter === 'P') readPackage(state, fields)
  else if (letter === 'E') readEnd(state, fields)
  else throw malformed(place, number, 'neither a package nor a relation.')
}

const KINDS = new Map<string, keyof RpmRelations>([
  ['p', 'provides'],
  ['r', 'requires'],
  ['c', 'conflicts'],
  ['o', 'obsoletes'],
])

function readPackage(state: State, fields: readonly string[]): void {
  const { place, line } = state
  if (fields.length !== 10) throw malformed(place, line, 'a package with too many or too few fields.')
  const [, name = '', epoch = '', version = '', release = '', architecture = ''] = fields
  const [, , , , , , sourceRpm = '', vendor = '', installedAt = '', module = ''] = fields
  state.counted += 1
  if (state.counted > MAX_PACKAGES) throw beyondQuota(place, `more than ${MAX_PACKAGES} packages.`)
  state.current = { provides: [], requires: [], conflicts: [], obsoletes: [] }
  if (name === 'gpg-pubkey') return

  if ([name, version, release, architecture].some((field) => field === '' || field === NONE)) {
    throw malformed(place, line, 'a package without name, version, release or architecture.')
  }
  state.packages.push({
    name,
    epoch: readNumber(state, epoch),
    version,
    release,
    architecture,
    sourceRpm: textOf(sourceRpm),
    vendor: textOf(vendor),
    installedAt: readNumber(state, installedAt),
    module: textOf(module),
    relations: state.current,
  })
}

function textOf(field: string): string {
  return field === NONE ? '' : field
}

function readNumber({ place, line }: State, field: string): number | null {
  if (field === '' || field === NONE) return null
  if (!/^\d{1,15}$/.test(field)) throw malformed(place, line, 'an epoch or time that is not a number.')
  return Number(field)
}

// rpm, include/rpm/rpmds.h: 2 less, 4 greater, 8 equal. All three at once hold for any version.
const OPERATORS = ['', '<', '>', '', '=', '<=', '>=', ''] as const
const FLAGS: Readonly<Record<RpmRelation['operator'], number>> = { '': 0, '<': 2, '<=': 10, '=': 8, '>=': 12, '>': 4 }

function readRelation(state: State, kind: keyof RpmRelations, fields: readonly string[]): void {
  const { place, line } = state
  const [, name = '', flags = '', evr = ''] = fields
  const isSound = fields.length >= 3 && fields.length <= 4 && name !== '' && /^\d{0,10}$/.test(flags)
  if (state.current === null || !isSound) throw malformed(place, line, 'a relation that cannot be read.')
  state.relations += 1
  if (state.relations > MAX_RELATIONS) throw beyondQuota(place, `more than ${MAX_RELATIONS} relations.`)
  if (kind === 'requires' && name.startsWith('rpmlib(')) return

  const operator = OPERATORS[(Number(flags) & 0x0e) >> 1] ?? ''
  const version = operator === '' || evr === NONE ? '' : evr
  state.current[kind].push({ name, operator: version === '' ? '' : operator, evr: version })
}

function readEnd(state: State, fields: readonly string[]): void {
  const isWhole = fields.length === 2 && fields[1] === String(state.counted)
  if (!isWhole) throw malformed(state.place, state.line, 'the list of packages does not hold as many as it says.')
  state.isEnded = true
}

/** The same packages as a listing, for files that are made from a database. Tabs and line ends become blanks. */
export function writePackageListing(packages: readonly RpmPackage[]): Uint8Array {
  const lines = [FIRST_LINE]
  for (const each of packages) {
    const { name, epoch, version, release, architecture, sourceRpm, vendor, installedAt, module } = each
    lines.push(row('P', name, epoch, version, release, architecture, sourceRpm, vendor, installedAt, module))
    for (const [letter, kind] of KINDS) {
      for (const relation of each.relations?.[kind] ?? []) {
        lines.push(row(letter, relation.name, FLAGS[relation.operator], relation.evr))
      }
    }
  }
  return Buffer.from(`${lines.join('\n')}\nE\t${packages.length}\n`, 'utf8')
}

function row(letter: string, ...fields: readonly (string | number | null)[]): string {
  return [letter, ...fields.map((field) => (field === null ? NONE : String(field).replaceAll(/[\t\n]/g, ' ')))].join(
    '\t',
  )
}
