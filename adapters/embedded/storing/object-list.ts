import type { Dirent } from 'node:fs'
import { join } from 'node:path'
import { placeOfPrefix, readName } from './object-names.ts'

type ReadFolder = (path: string) => Promise<readonly Dirent[]>

/** Every key below the root that begins with the prefix, in byte order; one folder's names in memory at a time. */
export async function* listObjects(root: string, prefix: string, readFolder: ReadFolder): AsyncGenerator<string> {
  const { folder, before } = placeOfPrefix(prefix)
  yield* walk(join(root, ...folder), before, { prefix, readFolder })
}

interface Walk {
  readonly prefix: string
  readonly readFolder: ReadFolder
}

interface Entry {
  readonly kind: 'object' | 'folder' | 'beginning'
  readonly path: string
  /** The key, or what every key below begins with. */
  readonly text: string
}

async function* walk(folder: string, before: string, context: Walk): AsyncGenerator<string> {
  const entries = await readEntries(folder, before, context)
  // Keys of a part that was cut may belong between those of its neighbours; all other folders hold their keys side by side.
  if (entries.some((entry) => entry.kind === 'beginning')) {
    const keys: string[] = []
    for (const entry of entries) for await (const key of keysOf(entry, context)) keys.push(key)
    yield* keys.toSorted(compareText)
    return
  }
  for (const entry of entries) yield* keysOf(entry, context)
}

async function* keysOf(entry: Entry, context: Walk): AsyncGenerator<string> {
  if (entry.kind === 'object') yield entry.text
  else yield* walk(entry.path, entry.text, context)
}

async function readEntries(folder: string, before: string, { prefix, readFolder }: Walk): Promise<Entry[]> {
  const entries: Entry[] = []
  for (const found of await readFolder(folder)) {
    if (!found.isFile() && !found.isDirectory()) continue

    const name = readName(found.name, found.isFile() ? 'file' : 'folder')
    if (name === null) continue

    const text = `${before}${name.text}`
    const matches = text.startsWith(prefix) || (name.kind !== 'object' && prefix.startsWith(text))
    if (matches) entries.push({ kind: name.kind, path: join(folder, found.name), text })
  }
  return entries.toSorted((a, b) => compareText(a.text, b.text))
}

/** Keys are ASCII, where the order of code units is that of bytes. */
function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
