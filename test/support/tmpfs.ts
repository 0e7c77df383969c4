import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file system of its own that is soon full. */
export interface SmallDisk {
  readonly folder: string
  /** Read-only from now on, or writable again. */
  remount(how: 'ro' | 'rw'): void
  remove(): void
}

/** null where this user may not mount one. */
export function mountSmallDisk(kibibytes: number): SmallDisk | null {
  const folder = mkdtempSync(join(tmpdir(), 'lazaret-disk-'))
  const mounted = run('mount', '-t', 'tmpfs', '-o', `size=${kibibytes}k,mode=700`, 'tmpfs', folder)
  if (!mounted) {
    rmSync(folder, { recursive: true })
    return null
  }
  return {
    folder,
    remount: (how) => {
      if (!run('mount', '-o', `remount,${how}`, folder)) throw new Error(`cannot remount ${folder} ${how}`)
    },
    remove: () => {
      run('umount', folder)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function run(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}
