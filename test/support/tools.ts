import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where the named program is on the PATH, null where it is not. */
export function findTool(name: string): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue
    const path = join(folder, name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      continue
    }
  }
  return null
}

/**
 * The reason why a test that needs these programs cannot run, '' when all of them are there. For `describe.skipIf(reason !== '')`
 * with the reason in the title. In CI nothing may be skipped for want of a program, so there the lack is an error.
 */
export function requireTool(...names: readonly string[]): string {
  const missing = names.filter((name) => findTool(name) === null)
  if (missing.length === 0) return ''

  const reason = `skipped: ${missing.join(', ')} not installed`
  if (isCi()) throw new Error(`${reason}; CI must install what its tests need`)
  return ` (${reason})`
}

/** True when this run is a continuous-integration run. */
export function isCi(): boolean {
  const value = process.env['CI']
  return value !== undefined && value !== '' && value !== 'false' && value !== '0'
}
