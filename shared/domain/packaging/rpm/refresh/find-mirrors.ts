import { Fault, isFault } from '../../../fault.ts'
import type { RefreshTools } from '../../package-system.ts'
import { fetchFile } from '../../refreshing/fetch-file.ts'
import type { RpmRepository } from '../model.ts'
import { parseMetalink, type Metalink } from './metalink.ts'
import { malformed } from './xml.ts'

/** More are not tried: each may cost a whole download. */
const MAX_MIRRORS = 6
const LIST_BYTES = 1024 * 1024
const MAX_LINES = 10_000

export interface Mirrors {
  /** Folders, each ending in `/`, in the order in which they are tried. */
  readonly folders: readonly string[]
  /** What repomd.xml must be, by a metalink; null where nobody says. */
  readonly hashes: Metalink['hashes'] | null
  /** The metalink came by https: who sent it is who it says. */
  readonly isVouchedFor: boolean
}

const REPOMD = 'repodata/repomd.xml'

/**
 * Where the repository is to be had: at the addresses that the machine itself names, then at those of its metalink or list of mirrors
 * (librepo's order). A list that cannot be had stands in nobody's way where there are addresses.
 * @throws Fault `repository_refused`, `repository_unreachable`, `address_refused`
 */
export async function findMirrors(repository: RpmRepository, tools: RefreshTools): Promise<Mirrors> {
  const { baseUrls } = repository
  const own = { folders: baseUrls.slice(0, MAX_MIRRORS), hashes: null, isVouchedFor: false }
  const listed = await readListed(repository, tools).catch((error: unknown) => {
    if (baseUrls.length > 0 && isFault(error)) return own
    throw error
  })
  if (listed !== null) return { ...listed, folders: distinct([...own.folders, ...listed.folders]) }
  if (baseUrls.length > 0) return own

  throw new Fault('repository_refused', 'The repository names no address.', { place: { file: repository.title } })
}

async function readListed(repository: RpmRepository, tools: RefreshTools): Promise<Mirrors | null> {
  if (repository.metalink !== null) return readMetalink(repository.metalink, tools)
  if (repository.mirrorList === null) return null

  return { folders: await readMirrorList(repository.mirrorList, tools), hashes: null, isVouchedFor: false }
}

async function readMetalink(url: string, tools: RefreshTools): Promise<Mirrors> {
  const bytes = await fetchList(url, tools)
  const { urls, hashes } = parseMetalink(bytes, url)
  const folders = urls.flatMap((one) => {
    const folder = one.endsWith(REPOMD) ? readFolder(one.slice(0, -REPOMD.length)) : null
    return folder === null ? [] : [folder]
  })
  if (folders.length === 0) throw malformed(url, 'names no mirror that can be reached by http or https')

  return {
    folders: distinct(folders),
    hashes: hashes.length === 0 ? null : hashes,
    isVouchedFor: hashes.length > 0 && url.startsWith('https://'),
  }
}

/** One address a line; what begins with # is a comment. */
async function readMirrorList(url: string, tools: RefreshTools): Promise<string[]> {
  const lines = (await fetchList(url, tools)).toString('latin1').split('\n', MAX_LINES + 1)
  if (lines.length > MAX_LINES) throw malformed(url, `has more than ${MAX_LINES} lines`)

  const folders: string[] = []
  for (const line of lines) {
    const text = line.trim()
    if (text === '' || text.startsWith('#')) continue

    const folder = readFolder(text)
    if (folder !== null) folders.push(folder)
  }
  if (folders.length === 0) throw malformed(url, 'names no mirror that can be reached by http or https')
  return distinct(folders)
}

async function fetchList(url: string, tools: RefreshTools): Promise<Buffer> {
  const file = await fetchFile(tools, { url, maxBytes: LIST_BYTES, headers: { 'cache-control': 'max-age=0' } })
  if (file.status === 'found') return file.bytes

  throw new Fault('repository_unreachable', 'The list of mirrors is not there.', { place: { file: url } })
}

/** With a slash at its end; null for anything but a plain http or https address. Lists come from strangers. */
function readFolder(text: string): string | null {
  if (text.length > 2048 || !/^https?:\/\/[!-~]+$/i.test(text) || !URL.canParse(text)) return null

  const url = new URL(text)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return null
  return text.endsWith('/') ? text : `${text}/`
}

function distinct(folders: readonly string[]): string[] {
  return [...new Set(folders)].slice(0, MAX_MIRRORS)
}
