import type { HashName } from './repomd.ts'
import { findAttribute, malformed, readXmlBytes } from './xml.ts'

const MAX_URLS = 2000
const MAX_HASHES = 200

export interface Metalink {
  /** Addresses of repomd.xml by http and https, best first. */
  readonly urls: readonly string[]
  /** repomd.xml must have one of these: the newest one's, or those of older ones that still count. Empty: it gives none that is strong. */
  readonly hashes: readonly MetalinkHash[]
}

export interface MetalinkHash {
  readonly algorithm: HashName
  readonly hash: string
  /** Of the newest repomd.xml, not of an older one. */
  readonly isNewest: boolean
}

const STRONG: ReadonlyMap<string, { algorithm: HashName; digits: number }> = new Map([
  ['sha256', { algorithm: 'sha256', digits: 64 }],
  ['sha384', { algorithm: 'sha384', digits: 96 }],
  ['sha512', { algorithm: 'sha512', digits: 128 }],
])

/**
 * Reads a metalink (version 3) for `repomd.xml`. Of each variant of that file (the newest, the alternates) the strongest hash counts.
 * @throws Fault `repository_refused`
 */
export function parseMetalink(bytes: Uint8Array, url: string): Metalink {
  const urls: { url: string; preference: number }[] = []
  const hashes: MetalinkHash[] = []
  let isRepomd = false
  let names = 0
  let [type, preference, kind] = ['', 0, '']
  const path: string[] = []

  readXmlBytes(
    bytes,
    {
      open(name, attributes, depth) {
        if (depth === 0 && name !== 'metalink')
          throw malformed(url, `is not a metalink: its root is <${name.slice(0, 40)}>`)
        path.length = depth
        path.push(name)
        const place = path.slice(1).join('/')
        if (place === 'files/file') {
          isRepomd = findAttribute(attributes, 'name') === 'repomd.xml'
          if (isRepomd) names += 1
        }
        if (!isRepomd) return false
        if (place === 'files/file/resources/url') {
          type = findAttribute(attributes, 'protocol') ?? findAttribute(attributes, 'type') ?? ''
          preference = readPreference(findAttribute(attributes, 'preference'))
        }
        if (name === 'hash') kind = (findAttribute(attributes, 'type') ?? '').toLowerCase()
        return place === 'files/file/resources/url' || isHash(place)
      },
      close(_name, text, depth) {
        path.length = depth + 1
        const place = path.slice(1).join('/')
        if (isRepomd && place === 'files/file/resources/url' && /^https?$/.test(type)) {
          if (urls.length >= MAX_URLS) throw malformed(url, `names more than ${MAX_URLS} mirrors`)
          urls.push({ url: text.trim(), preference })
        }
        if (isRepomd && isHash(place))
          addHash(hashes, { kind, hash: text.trim().toLowerCase(), isNewest: place === NEWEST }, url)
        if (place === 'files/file') isRepomd = false
      },
    },
    url,
  )
  if (names === 0) throw malformed(url, 'names no repomd.xml')
  if (names > 1) throw malformed(url, 'names two files repomd.xml')

  return { urls: urls.toSorted((a, b) => b.preference - a.preference).map((one) => one.url), hashes }
}

const NEWEST = 'files/file/verification/hash'

function isHash(place: string): boolean {
  return place === NEWEST || place === 'files/file/alternates/alternate/verification/hash'
}

function readPreference(text: string | null): number {
  return text !== null && /^\d{1,3}$/.test(text) ? Number(text) : 0
}

function addHash(
  hashes: MetalinkHash[],
  found: { readonly kind: string; readonly hash: string; readonly isNewest: boolean },
  url: string,
): void {
  const { kind, hash, isNewest } = found
  const known = STRONG.get(kind)
  if (known === undefined) return
  if (hash.length !== known.digits || !/^[0-9a-f]+$/.test(hash)) throw malformed(url, 'has a broken hash')
  if (hashes.length >= MAX_HASHES) throw malformed(url, 'has too many hashes')

  hashes.push({ algorithm: known.algorithm, hash, isNewest })
}
