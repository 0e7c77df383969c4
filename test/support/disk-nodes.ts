/** What was synced, and the changes since; `cut` is a change of the length. */
export interface File {
  readonly kind: 'file'
  durable: Buffer
  pending: { readonly at: number; readonly bytes: Buffer | 'cut'; readonly ends: number }[]
  next: number
}

/** The names as programs see them, those that were synced, and the changes since. */
export interface Folder {
  readonly kind: 'folder'
  readonly names: Map<string, File | Folder>
  durable: Map<string, File | Folder>
  pending: { readonly name: string; readonly node: File | Folder | null; readonly ends: number }[]
}

export function newFile(): File {
  return { kind: 'file', durable: Buffer.alloc(0), pending: [], next: 0 }
}

export function newFolder(): Folder {
  return { kind: 'folder', names: new Map(), durable: new Map(), pending: [] }
}

/** Makes durable what had ended at this place. */
export function sync(node: File | Folder, began: number): void {
  if (node.kind === 'folder') {
    for (const { name, node: child, ends } of node.pending) {
      if (ends > began) continue
      if (child === null) node.durable.delete(name)
      else node.durable.set(name, child)
    }
    node.pending = node.pending.filter(({ ends }) => ends > began)
    return
  }
  for (const { at, bytes, ends } of node.pending) {
    if (ends > began) continue
    node.durable = bytes === 'cut' ? resized(node.durable, at) : overwritten(node.durable, at, bytes)
  }
  node.pending = node.pending.filter(({ ends }) => ends > began)
}

function overwritten(content: Buffer, at: number, bytes: Buffer): Buffer {
  const grown = at + bytes.length > content.length ? grownTo(content, at + bytes.length) : content
  grown.set(bytes, at)
  return grown
}

/** With room for more, so that a file which grows by small pieces is not copied each time. Only for a content that nobody else has. */
function grownTo(content: Buffer, length: number): Buffer {
  const room = content.buffer.byteLength - content.byteOffset
  const roomy = room >= length ? content : resized(content, 2 * length)
  return Buffer.from(roomy.buffer, roomy.byteOffset, length)
}

/** A copy of this length, with zeros where it is longer. */
export function resized(content: Buffer, length: number): Buffer<ArrayBuffer> {
  const sized = Buffer.from(new ArrayBuffer(length))
  content.copy(sized, 0, 0, length)
  return sized
}
