import { isFault } from '#shared/domain/fault.ts'
import type { ObjectStore } from '#shared/ports/object-store.ts'

/** Someone else was first. */
export function isConflict(error: unknown): boolean {
  return isFault(error, 'conflict')
}

/** Stores an object that is named by its content: when it is there already, it is the same. */
export async function putIfAbsent(objects: ObjectStore, key: string, body: Uint8Array): Promise<void> {
  if (await objects.has(key)) return

  try {
    await objects.put(key, body, { expect: 'absent' })
  } catch (error) {
    if (!isConflict(error)) throw error
  }
}
