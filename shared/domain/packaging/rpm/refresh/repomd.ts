import { Fault } from '../../../fault.ts'
import { findAttribute, malformed, readXmlBytes, type Attributes, type XmlReader } from './xml.ts'

/** Real ones: 2 to 10 KB. */
export const REPOMD_BYTES = 4 * 1024 * 1024
const MAX_DATA = 200

export type HashName = 'sha256' | 'sha384' | 'sha512'

/** A file that repomd.xml names, and what it must be. Sizes in bytes, null where it says none. */
export interface PromisedData {
  readonly kind: string
  readonly href: string
  readonly checksum: { readonly algorithm: HashName; readonly hash: string }
  readonly openChecksum: { readonly algorithm: HashName; readonly hash: string } | null
  readonly sizeBytes: number | null
  readonly openSizeBytes: number | null
}

export interface Repomd {
  /** As written, '' where there is none. */
  readonly revision: string
  /** The newest of all data, seconds; null where none has one. */
  readonly timestamp: number | null
  readonly primary: PromisedData
  readonly updateinfo: PromisedData | null
  readonly modules: PromisedData | null
}

interface Draft {
  kind: string
  href: string | null
  base: string | null
  checksum: { type: string; hash: string } | null
  openChecksum: { type: string; hash: string } | null
  size: string | null
  openSize: string | null
  timestamp: string | null
}

/**
 * Reads a repomd.xml. Only what an update check needs is looked at closely: exactly one `primary`, at most one `updateinfo` and
 * `modules`; databases, zchunk and the rest are passed over.
 * @throws Fault `repository_refused` naming the URL
 */
export function parseRepomd(bytes: Uint8Array, url: string): Repomd {
  const drafts: Draft[] = []
  const found = { revision: '', draft: null as Draft | null, type: '' }
  readXmlBytes(bytes, openReader(url, drafts, found), url)

  const pick = (kind: string): PromisedData | null => {
    const [draft, second] = drafts.filter((one) => one.kind === kind)
    if (second !== undefined) throw malformed(url, `names two files of type '${kind}'`)
    return draft === undefined ? null : settle(draft, url)
  }
  const primary = pick('primary')
  if (primary === null) throw malformed(url, "names no file of type 'primary'")

  const timestamps = drafts.flatMap(({ timestamp }) => (timestamp === null ? [] : [readSeconds(timestamp, url)]))
  return {
    revision: found.revision,
    timestamp: timestamps.length === 0 ? null : Math.max(...timestamps),
    primary,
    updateinfo: pick('updateinfo'),
    modules: pick('modules'),
  }
}

function openReader(
  url: string,
  drafts: Draft[],
  found: { revision: string; draft: Draft | null; type: string },
): XmlReader {
  return {
    open(name, attributes, depth) {
      if (depth === 0 && name !== 'repomd')
        throw malformed(url, `is not a repomd.xml: its root is <${name.slice(0, 40)}>`)
      if (depth === 1) found.draft = name === 'data' ? startDraft(attributes, drafts, url) : null
      if (depth === 1) return name === 'revision'
      if (depth !== 2 || found.draft === null) return false

      return openMember(found.draft, name, attributes, found)
    },
    close(name, text, depth) {
      if (depth === 1 && name === 'revision') found.revision = text.trim().slice(0, 200)
      if (depth !== 2 || found.draft === null) return

      const [draft, value] = [found.draft, text.trim()]
      if (name === 'checksum') draft.checksum = { type: found.type, hash: value }
      if (name === 'open-checksum') draft.openChecksum = { type: found.type, hash: value }
      if (name === 'size') draft.size = value
      if (name === 'open-size') draft.openSize = value
      if (name === 'timestamp') draft.timestamp = value
    },
  }
}

function startDraft(attributes: Attributes, drafts: Draft[], url: string): Draft {
  if (drafts.length >= MAX_DATA) throw malformed(url, `names more than ${MAX_DATA} files`)

  const draft: Draft = {
    kind: findAttribute(attributes, 'type') ?? '',
    href: null,
    base: null,
    checksum: null,
    openChecksum: null,
    size: null,
    openSize: null,
    timestamp: null,
  }
  drafts.push(draft)
  return draft
}

const MEMBERS = new Set(['checksum', 'open-checksum', 'size', 'open-size', 'timestamp'])

function openMember(draft: Draft, name: string, attributes: Attributes, found: { type: string }): boolean {
  if (name === 'location') {
    draft.href = findAttribute(attributes, 'href')
    draft.base = findAttribute(attributes, 'xml:base')
  }
  if (name === 'checksum' || name === 'open-checksum') found.type = findAttribute(attributes, 'type') ?? ''
  return MEMBERS.has(name)
}

function settle(draft: Draft, url: string): PromisedData {
  const what = `names a file of type '${draft.kind}'`
  if (draft.href === null) throw malformed(url, `${what} without a location`)
  if (draft.checksum === null) throw malformed(url, `${what} without a checksum`)

  return {
    kind: draft.kind,
    href: draft.base === null ? draft.href : joinBase(draft.base, draft.href),
    checksum: readChecksum(draft.checksum, what, url),
    openChecksum: draft.openChecksum === null ? null : readChecksum(draft.openChecksum, what, url),
    sizeBytes: draft.size === null ? null : readSize(draft.size, what, url),
    openSizeBytes: draft.openSize === null ? null : readSize(draft.openSize, what, url),
  }
}

function joinBase(base: string, href: string): string {
  return base.endsWith('/') ? base + href : `${base}/${href}`
}

const HASH_LENGTHS: ReadonlyMap<string, { algorithm: HashName; digits: number }> = new Map([
  ['sha256', { algorithm: 'sha256', digits: 64 }],
  ['sha384', { algorithm: 'sha384', digits: 96 }],
  ['sha512', { algorithm: 'sha512', digits: 128 }],
])

function readChecksum(
  written: { type: string; hash: string },
  what: string,
  url: string,
): { algorithm: HashName; hash: string } {
  const known = HASH_LENGTHS.get(written.type.toLowerCase())
  if (known === undefined) {
    const type = written.type.slice(0, 20)
    throw new Fault(
      'repository_refused',
      `The file ${what} whose only checksum is '${type}', which is weak or unknown.`,
      {
        place: { file: url },
      },
    )
  }
  const hash = written.hash.toLowerCase()
  if (hash.length !== known.digits || !/^[0-9a-f]+$/.test(hash)) throw malformed(url, `${what} with a broken checksum`)

  return { algorithm: known.algorithm, hash }
}

function readSize(text: string, what: string, url: string): number {
  if (!/^\d{1,15}$/.test(text)) throw malformed(url, `${what} whose size is not a number`)
  return Number(text)
}

/** Some tools write fractions of a second. */
function readSeconds(text: string, url: string): number {
  const whole = /^(\d{1,15})(?:\.\d{1,12})?$/.exec(text)?.[1]
  if (whole === undefined) throw malformed(url, 'has a timestamp that is not a number')
  return Number(whole)
}
