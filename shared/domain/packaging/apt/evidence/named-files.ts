import { listFolder, readText } from '../../../evidence.ts'
import type { Evidence } from '../../../evidence.ts'

/** How many such files one machine may name, and how long a path may be. */
const MAX_FILES = 64
const MAX_PATH = 512

/**
 * Files that the sources name and that are evidence because of it, wherever they lie in the machine: key files of `signed-by` and
 * lists of mirrors (`mirror+file:`). Paths inside the machine, without a leading slash; never one that climbs.
 */
export function listNamedFiles(evidence: Evidence): string[] {
  const texts = ['etc/apt/sources.list', ...listFolder(evidence, 'etc/apt/sources.list.d')].map(
    (path) => readText(evidence, path) ?? '',
  )
  const named = new Set<string>()
  for (const text of texts) {
    for (const line of text.split('\n')) {
      for (const path of pathsIn(line)) named.add(path)
    }
  }
  return [...named].slice(0, MAX_FILES)
}

/** Names of files that hold keys: in an archive they are kept wherever they lie. */
export function isKeyFileName(path: string): boolean {
  return /\.(?:gpg|asc|pgp|key)$/.test(path)
}

function* pathsIn(line: string): Generator<string> {
  for (const word of line.split(/[\s,\]=]+/)) {
    const mirror = word.startsWith('mirror+file:') ? word.slice('mirror+file:'.length).replace(/^\/+/, '/') : word
    const isFile = mirror.startsWith('/') && (mirror !== word || isKeyFileName(mirror))
    if (isFile && mirror.length <= MAX_PATH && !mirror.split('/').includes('..'))
      yield mirror.slice(1).replaceAll(/\/{2,}/g, '/')
  }
}
