import type { RpmOffer, RpmRelation } from '../model.ts'
import { OPERATORS } from './list-layout.ts'
import { clearDraft, GROUPS, type Group, type OfferDraft, type OfferSink } from './offer-draft.ts'
import { findAttribute, malformed, type Attributes, type XmlReader } from './xml.ts'

// Longest real ones: 120 characters.
export const MAX_NAME = 1024
export const MAX_ARCHITECTURE = 64
// Linux takes no longer path; a relation may hold a rich expression.
export const MAX_TEXT = 16 * 1024
export const MAX_MEMBERS = 500_000

/** Packages as they are finished, by whoever reads them. */
export interface FinishedPackages {
  readonly draft: OfferDraft
  /** Passes the draft on, unless it is a source package. False where it says no name, architecture or version. */
  finish(): boolean
  readonly seen: number
}

export function openFinishedPackages(draft: OfferDraft, sink: Pick<OfferSink, 'add'>): FinishedPackages {
  let seen = 0
  return {
    draft,
    finish() {
      if (draft.name < 0 || draft.architecture < 0 || draft.version < 0) return false
      seen += 1
      if (!draft.isSource) sink.add(draft)
      return true
    },
    get seen() {
      return seen
    },
  }
}

/**
 * Reads the elements of one `<package>` after another; depth 0 is the package itself. What `package-slicer.ts` cannot read means here what
 * it means there.
 * @throws Fault `repository_refused` from its functions: a package without name, architecture or version is no package
 */
export function openPackageReader(file: string, sink: OfferSink, packages: FinishedPackages): XmlReader {
  const { draft } = packages
  let packageName: string | null = null
  let group: Group | null = null
  let inFormat = false
  let members = 0
  const refuse = (what: string): never => {
    throw malformed(
      file,
      `${what} (package ${packages.seen + 1}${packageName === null ? '' : `, ${packageName.slice(0, 100)}`})`,
    )
  }
  const once = (known: number, what: string) => {
    if (known >= 0) refuse(`has a package with two ${what}`)
  }
  const bound = (text: string, most: number, what: string): string => {
    if (text.length > most) refuse(`has a ${what} that is too long`)
    return text
  }
  const addRelation = (to: Group, attributes: Attributes) => {
    const relation = readRelation(attributes, refuse)
    if (draft.isSource || (to === 'requires' && relation.name.startsWith('rpmlib('))) return

    const operator = OPERATORS.indexOf(relation.operator)
    const number = sink.intern(relation.name)
    draft[to].push(number, operator, operator === 0 ? 0 : sink.intern(relation.evr))
  }

  return {
    open(element, attributes, depth) {
      if (depth === 0) {
        clearDraft(draft)
        packageName = null
        group = null
        inFormat = false
        members = 0
        return false
      }
      if (depth === 1) {
        if (element === 'version') {
          once(draft.version, 'versions')
          const { epoch, version, release } = readVersion(attributes, refuse)
          draft.epoch = epoch === null ? 0 : epoch + 1
          draft.version = sink.intern(version)
          draft.release = sink.intern(release)
        } else if (element === 'time') draft.buildTime = (readTime(findAttribute(attributes, 'build')) ?? -1) + 1
        else if (element === 'format') inFormat = true
        return element === 'name' || element === 'arch'
      }
      if (!inFormat) return false
      if (depth === 2) {
        group = GROUPS.find((one) => one === element) ?? null
        return element === 'sourcerpm' || element === 'vendor' || element === 'file'
      }
      if (depth === 3 && group !== null && element === 'entry') {
        members += 1
        if (members > MAX_MEMBERS) refuse('has a package with too many relations')
        addRelation(group, attributes)
      }
      return false
    },
    close(element, text, depth) {
      if (depth === 0) {
        if (!packages.finish()) refuse('has a package without name, architecture or version')
        return
      }
      if (depth === 1) {
        if (element === 'name') {
          once(draft.name, 'names')
          packageName = readWord(bound(text, MAX_NAME, 'name'), refuse)
          draft.name = sink.intern(packageName)
        } else if (element === 'arch') {
          once(draft.architecture, 'architectures')
          const architecture = readWord(bound(text, MAX_ARCHITECTURE, 'architecture'), refuse)
          draft.architecture = sink.intern(architecture)
          draft.isSource = architecture === 'src' || architecture === 'nosrc'
        } else if (element === 'format') inFormat = false
        return
      }
      if (depth !== 2 || !inFormat) return
      group = null
      if (element === 'sourcerpm') draft.sourceRpm = sink.intern(bound(text, MAX_NAME, 'source package'))
      else if (element === 'vendor') draft.vendor = sink.intern(bound(text, MAX_NAME, 'vendor'))
      else if (element === 'file') {
        members += 1
        if (members > MAX_MEMBERS) refuse('has a package with too many files')
        bound(text, MAX_TEXT, 'path')
        if (!draft.isSource) draft.files.push(sink.intern(text))
      }
    },
  }
}

type Refuse = (what: string) => never

/** Neither empty nor with white space in it: such a name or architecture is no package's. */
function readWord(text: string, refuse: Refuse): string {
  if (text === '' || /\s/.test(text)) refuse('has a package whose name or architecture is not one word')
  return text
}

function readVersion(attributes: Attributes, refuse: Refuse): Pick<RpmOffer, 'epoch' | 'version' | 'release'> {
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
