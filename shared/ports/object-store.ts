/**
 * Bytes under a key. Keys are `a-z A-Z 0-9 . _ - /`, at most 512 bytes, no empty, `.` or `..` part; anything else is a defect of ours.
 * A put is all or nothing: a reader sees the old body, the new one or none, whatever dies when. Bytes come back as they went in;
 * compression on the way is the adapter's matter.
 */
export interface ObjectStore {
  /** null where there is none. The body is the caller's to read, not to change. */
  get(key: string): Promise<StoredObject | null>
  has(key: string): Promise<boolean>
  /** Resolves once the object is durable. @throws Fault `conflict` when the condition does not hold */
  put(key: string, body: Uint8Array, options?: PutOptions): Promise<{ etag: string }>
  /** Absent already is fine. */
  delete(key: string): Promise<void>
  /** Every key that begins with the prefix, in byte order. */
  list(prefix: string): AsyncIterable<string>
}

export interface StoredObject {
  readonly body: Uint8Array
  /** Opaque; equal for equal bodies. */
  readonly etag: string
}

export interface PutOptions {
  /** `absent`: only when there is none yet. An etag: only when the stored one is still that. */
  readonly expect?: 'absent' | { readonly etag: string }
  /** The body can be computed again: it need not survive a power loss, only never be half-written. */
  readonly cache?: boolean
}
