import type { RpmOffer, RpmRelation } from '../model.ts'
import { findAttribute, malformed, type Attributes } from './xml.ts'

/** Reads the elements of one `<package>` after another; depth 0 is the package itself. */
export interface PackageReader {
  /** True when the text of the element is wanted. With a memo: what these very attributes mean need be found out once only. */
  open(name: string, attributes: Attributes, depth: number, memo?: Memo): boolean
  close(name: string, text: string, depth: number): void
}

export interface Memo {
  relation: RpmRelation | null
}

type Group = 'provides' | 'requires' | 'conflicts' | 'obsoletes'

interface Draft {
  name: string | null
  architecture: string | null
  version: Pick<RpmOffer, 'epoch' | 'version' | 'release'> | null
  sourceRpm: string
  vendor: string
  buildTime: number | null
  provides: RpmRelation[]
  requires: RpmRelation[]
  conflicts: RpmRelation[]
  obsoletes: RpmRelation[]
  files: string[]
}

// Longest real ones: 120 characters.
const MAX_NAME = 1024
// Linux takes no longer path; a relation may hold a rich expression.
const MAX_TEXT = 16 * 1024
const MAX_MEMBERS = 500_000

/**
 * @param take called for every package but source packages
 * @throws Fault `repository_refused` from its functions: a package without name, architecture or version is no package
 */
export function openPackageReader(
  file: string,
  take: (offer: RpmOffer) => void,
): PackageReader & { readonly seen: number } {
  let draft = emptyDraft()
  let group: Group | null = null
  let inFormat = false
  let seen = 0
  let members = 0
  const refuse = (what: string): never => {
    throw malformed(file, `${what} (package ${seen + 1}${draft.name === null ? '' : `, ${draft.name.slice(0, 100)}`})`)
  }

  const finish = () => {
    const { name, architecture, version } = draft
    if (name === null || architecture === null || version === null) {
      return refuse('has a package without name, architecture or version')
    }
    seen += 1
    if (architecture === 'src' || architecture === 'nosrc') return undefined

    const { sourceRpm, vendor, buildTime, files, provides, requires, conflicts, obsoletes } = draft
    const relations = { provides, requires, conflicts, obsoletes }
    return take({ name, architecture, ...version, sourceRpm, vendor, buildTime, relations, files })
  }
  const once = (known: unknown, what: string) => {
    if (known !== null) refuse(`has a package with two ${what}`)
  }
  const bound = (text: string, most: number, what: string): string => {
    if (text.length > most) refuse(`has a ${what} that is too long`)
    return text
  }

  return {
    get seen() {
      return seen
    },
    open(name, attributes, depth, memo) {
      if (depth === 0) {
        draft = emptyDraft()
        group = null
        inFormat = false
        members = 0
        return false
      }
      if (depth === 1) {
        if (name === 'version') {
          once(draft.version, 'versions')
          draft.version = readVersion(attributes, refuse)
        } else if (name === 'time') draft.buildTime = readTime(findAttribute(attributes, 'build'))
        else if (name === 'format') inFormat = true
        return name === 'name' || name === 'arch'
      }
      if (!inFormat) return false
      if (depth === 2) {
        group = isGroup(name) ? name : null
        return name === 'sourcerpm' || name === 'vendor' || name === 'file'
      }
      if (depth === 3 && group !== null && name === 'entry') {
        members += 1
        if (members > MAX_MEMBERS) refuse('has a package with too many relations')
        const relation = memo?.relation ?? readRelation(attributes, refuse)
        if (memo !== undefined) memo.relation = relation
        if (group !== 'requires' || !relation.name.startsWith('rpmlib(')) draft[group].push(relation)
      }
      return false
    },
    close(name, text, depth) {
      if (depth === 0) return finish()
      if (depth === 1) {
        if (name === 'name') {
          once(draft.name, 'names')
          draft.name = readWord(bound(text, MAX_NAME, 'name'), refuse)
        } else if (name === 'arch') {
          once(draft.architecture, 'architectures')
          draft.architecture = readWord(bound(text, 64, 'architecture'), refuse)
        } else if (name === 'format') inFormat = false
        return undefined
      }
      if (depth !== 2 || !inFormat) return undefined
      group = null
      if (name === 'sourcerpm') draft.sourceRpm = bound(text, MAX_NAME, 'source package')
      else if (name === 'vendor') draft.vendor = bound(text, MAX_NAME, 'vendor')
      else if (name === 'file') {
        members += 1
        if (members > MAX_MEMBERS) refuse('has a package with too many files')
        draft.files.push(bound(text, MAX_TEXT, 'path'))
      }
      return undefined
    },
  }
}

function emptyDraft(): Draft {
  return {
    name: null,
    architecture: null,
    version: null,
    sourceRpm: '',
    vendor: '',
    buildTime: null,
    provides: [],
    requires: [],
    conflicts: [],
    obsoletes: [],
    files: [],
  }
}

function isGroup(name: string): name is Group {
  return name === 'provides' || name === 'requires' || name === 'conflicts' || name === 'obsoletes'
}

type Refuse = (what: string) => never

/** Neither empty nor with white space in it: such a name or architecture is no package's. */
function readWord(text: string, refuse: Refuse): string {
  if (text === '' || /\s/.test(text)) refuse('has a package whose name or architecture is not one word')
  return text
}

function readVersion(attributes: Attributes, refuse: Refuse): NonNullable<Draft['version']> {
  const version = findAttribute(attributes, 'ver') ?? ''
  const release = findAttribute(attributes, 'rel') ?? ''
  if (version === '') refuse('has a package without a version')
  if (version.length + release.length > MAX_NAME || /\s/.test(version + release)) {
    refuse('has a package whose version is not one word')
  }
  return { epoch: readEpoch(findAttribute(attributes, 'epoch'), refuse), version, release }
}

function readEpoch(text: string | null, refuse: Refuse): number | null {
  if (text === null || text === '' || text === '(none)') return null
  if (!/^\d{1,10}$/.test(text) || Number(text) > 0xffff_fffe) refuse('has an epoch that is not a number')
  return Number(text)
}

/** Seconds; anything else says nothing. */
function readTime(text: string | null): number | null {
  return text !== null && /^\d{1,12}$/.test(text) ? Number(text) : null
}

const OPERATOR_OF: ReadonlyMap<string, RpmRelation['operator']> = new Map([
  ['EQ', '='],
  ['LT', '<'],
  ['LE', '<='],
  ['GT', '>'],
  ['GE', '>='],
])

/** A relation without flags, or without a version, is one to the name alone, as rpm and libsolv have it. */
function readRelation(attributes: Attributes, refuse: Refuse): RpmRelation {
  const name = findAttribute(attributes, 'name')
  if (name === null || name === '') return refuse('has a relation without a name')
  if (name.length > MAX_TEXT) return refuse('has a name that is too long')

  const flags = findAttribute(attributes, 'flags')
  const version = findAttribute(attributes, 'ver') ?? ''
  if (flags === null || flags === '' || version === '') return { name, operator: '', evr: '' }

  const operator = OPERATOR_OF.get(flags)
  if (operator === undefined) return refuse('has a relation whose flags are unknown')

  const epoch = readEpoch(findAttribute(attributes, 'epoch'), refuse)
  const release = findAttribute(attributes, 'rel') ?? ''
  const evr = `${epoch === null || epoch === 0 ? '' : `${epoch}:`}${version}${release === '' ? '' : `-${release}`}`
  return evr.length > MAX_NAME ? refuse('has a version that is too long') : { name, operator, evr }
}
