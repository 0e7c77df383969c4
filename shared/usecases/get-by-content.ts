import { sha256 } from '#shared/domain/canonical-json.ts'
import { Fault } from '#shared/domain/fault.ts'
import type { ObjectStore } from '#shared/ports/object-store.ts'

/**
 * An object that is named by its content, exactly as it was stored: bytes that went bad on the disk must not read as a machine with
 * fewer packages, other rules or other keys. Bad bytes are deleted: nobody can use them, and the next registration of such a machine
 * stores the right ones again only where there are none. @throws Fault `data_damaged` when it is gone or something else is there
 */
export async function getByContent(
  objects: Pick<ObjectStore, 'get' | 'delete'>,
  stored: { readonly key: string; readonly sha256: string; readonly what: string },
): Promise<Uint8Array> {
  const found = await objects.get(stored.key)
  if (found === null) throw new Fault('data_damaged', `The stored ${stored.what} ${stored.sha256} is gone.`)
  if (sha256(found.body) === stored.sha256) return found.body

  await objects.delete(stored.key)
  throw new Fault('data_damaged', `The stored ${stored.what} ${stored.sha256} is not what was stored.`)
}
