import { GROUPS, type OfferSink } from './offer-draft.ts'
import { MAX_ARCHITECTURE, MAX_MEMBERS, MAX_NAME, MAX_TEXT, type FinishedPackages } from './package-reader.ts'
import { openPendingTexts, ROLE, type PendingTexts } from './pending-texts.ts'
import { openSlicedRelations } from './sliced-relations.ts'
import { hasEntity, isPlainWord, isWord, type TagAttributes } from './tag-bytes.ts'
import { openUsualEntries } from './usual-entry.ts'

/** What the elements of a package mean, by numbers that the slicer keeps; false: the parser must read the package. */
export interface SlicedElements {
  /** A package begins in these bytes. */
  begin(bytes: Uint8Array): void
  /** What an element of this local name means here; 0 for one that is passed over. */
  meaningOf(bytes: Uint8Array, from: number, end: number, depth: number): number
  isWanted(meaning: number): boolean
  open(bytes: Uint8Array, meaning: number, depth: number, attributes: TagAttributes): boolean
  close(bytes: Uint8Array, meaning: number, depth: number, from: number, end: number): boolean
  /** Reads a relation that is one short tag, as nearly all are. Where it ends; -1 where it must be read like any other element. */
  entry(bytes: Uint8Array, at: number): number
}

// The wanted ones are also the roles of their texts.
const [NONE, NAME, ARCHITECTURE, SOURCE, VENDOR, FILE, LAST_WANTED] = [0, 1, 2, 3, 4, 5, 5]
const [VERSION, TIME, FORMAT, ENTRY, GROUP] = [6, 7, 8, 9, 10]
// Further roles: a relation's says of which group it is and what its operator is.
const [RELEASE, RELATION_VERSION, RELATION, OPERATOR_SPACE] = [7, 8, 16, 8]

type Word = readonly [word: Uint8Array, meaning: number]
const words = (...pairs: readonly (readonly [string, number])[]): readonly Word[] =>
  pairs.map(([word, meaning]) => [Buffer.from(word), meaning] as const)
const NONE_KNOWN = words()
const OF_PACKAGE = words(
  ['name', NAME],
  ['arch', ARCHITECTURE],
  ['version', VERSION],
  ['time', TIME],
  ['format', FORMAT],
)
const OF_FORMAT = words(
  ['file', FILE],
  ...GROUPS.map((group, index) => [group, GROUP + index] as const),
  ['sourcerpm', SOURCE],
  ['vendor', VENDOR],
)
const OF_GROUP = words(['entry', ENTRY])
const [SRC, NOSRC] = [Buffer.from('src'), Buffer.from('nosrc')]

/** The counterpart of `openPackageReader` for bytes: the same elements count, under the same conditions. */
export function openSlicedElements(sink: OfferSink, packages: FinishedPackages): SlicedElements {
  const { draft } = packages
  const texts = openPendingTexts()
  const relations = openSlicedRelations(texts, {
    version: VERSION,
    release: RELEASE,
    relationVersion: RELATION_VERSION,
  })
  const usual = openUsualEntries(texts, RELATION_VERSION)
  let inFormat = false
  let group = -1
  let members = 0
  let [hasName, hasVersion, hasArchitecture] = [false, false, false]

  const known = (depth: number): readonly Word[] => {
    if (depth === 1) return OF_PACKAGE
    if (depth === 2) return inFormat ? OF_FORMAT : NONE_KNOWN
    return depth === 3 && group >= 0 ? OF_GROUP : NONE_KNOWN
  }
  const readVersion = (bytes: Uint8Array, attributes: TagAttributes): boolean => {
    const epoch = hasVersion ? -1 : relations.version(bytes, attributes)
    if (epoch < 0) return false
    hasVersion = true
    draft.epoch = epoch
    return true
  }
  const closeWanted = (bytes: Uint8Array, meaning: number, from: number, end: number): boolean => {
    if (meaning === FILE) members += 1
    if (members > MAX_MEMBERS || end - from > (meaning === FILE ? MAX_TEXT : MAX_NAME)) return false

    if (meaning === NAME) {
      if (hasName || !isPlainWord(bytes, from, end)) return false
      hasName = true
    }
    if (meaning === ARCHITECTURE) {
      if (hasArchitecture || end - from > MAX_ARCHITECTURE || !isPlainWord(bytes, from, end)) return false
      hasArchitecture = true
      draft.isSource = isWord(bytes, from, end, SRC) || isWord(bytes, from, end, NOSRC)
    }
    if (hasEntity(bytes, from, end)) texts.addMeant(meaning, from, end)
    else texts.add(meaning, from, end)
    return true
  }
  const finish = (): boolean => {
    if (!hasName || !hasVersion || !hasArchitecture) return false
    // Texts of what nobody keeps are not looked up.
    if (!draft.isSource) sink.internAll(texts)
    fillDraft(packages, texts)
    return packages.finish()
  }

  return {
    begin(bytes) {
      texts.begin(bytes, sink.seed)
      inFormat = hasName = hasVersion = hasArchitecture = false
      group = -1
      members = 0
    },
    meaningOf(bytes, from, end, depth) {
      for (const [word, meaning] of known(depth)) if (isWord(bytes, from, end, word)) return meaning
      return NONE
    },
    isWanted: (meaning) => meaning !== NONE && meaning <= LAST_WANTED,
    open(bytes, meaning, depth, attributes) {
      if (meaning === ENTRY) {
        members += 1
        return (
          members <= MAX_MEMBERS && relations.add(bytes, attributes, group === 1, RELATION + OPERATOR_SPACE * group)
        )
      }
      if (depth === 2 && inFormat) group = meaning >= GROUP ? meaning - GROUP : -1
      if (meaning === FORMAT) inFormat = true
      if (meaning === VERSION) return readVersion(bytes, attributes)
      if (meaning === TIME) draft.buildTime = relations.time(bytes, attributes)
      return true
    },
    close(bytes, meaning, depth, from, end) {
      if (depth === 0) return finish()
      if (meaning === FORMAT) inFormat = false
      if (depth === 2) group = -1
      return meaning === NONE || meaning > LAST_WANTED || closeWanted(bytes, meaning, from, end)
    },
    entry(bytes, at) {
      if (group < 0 || members >= MAX_MEMBERS) return -1

      const end = usual.read(bytes, at, group === 1, RELATION + OPERATOR_SPACE * group)
      if (end >= 0) members += 1
      return end
    },
  }
}

/** What the texts are to the package, now that they have numbers. */
function fillDraft({ draft }: FinishedPackages, { count, roles, numbers }: PendingTexts): void {
  const groups = [draft.provides, draft.requires, draft.conflicts, draft.obsoletes]
  for (let index = 0; index < count; index += 1) {
    const [role, number] = [(roles[index] ?? 0) & ROLE, numbers[index] ?? 0]
    if (role >= RELATION) {
      const operator = role % OPERATOR_SPACE
      groups[(role - RELATION) >> 3]?.push(number, operator, operator === 0 ? 0 : (numbers[index + 1] ?? 0))
    } else if (role === NAME) draft.name = number
    else if (role === ARCHITECTURE) draft.architecture = number
    else if (role === VERSION) draft.version = number
    else if (role === RELEASE) draft.release = number
    else if (role === SOURCE) draft.sourceRpm = number
    else if (role === VENDOR) draft.vendor = number
    else if (role === FILE) draft.files.push(number)
  }
}
