import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder } from './folder-sync.ts'

/**
 * Writes a small file, the owner's alone, that is whole and durable once this resolves; until then the earlier one stands.
 * For one writer at a time. @throws the file system's error
 */
export async function writeDurableFile(path: string, text: string): Promise<void> {
  const beside = `${path}.new`
  {
    await using handle = await open(beside, 'w', 0o600)
    // One that was left over keeps the mode that it was made with.
    await handle.chmod(0o600)
    await handle.writeFile(text)
    await handle.sync()
  }
  await rename(beside, path)
  await syncFolder(dirname(path))
}
