import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { runOrThrow } from '../apt-world/run.ts'
import { type RpmMachine, ROOT } from './machine.ts'
import { fileNameOf } from './package.ts'
import { makeRpmFile } from './rpm-file.ts'

/** Where these roots keep rpm's database. */
export const RPM_FOLDER = 'var/lib/rpm'

/** Lays out a machine below `root`: its files, and its packages by the real rpm (database only). `pool` keeps package files. */
export async function installRoot(root: string, machine: RpmMachine, pool: string): Promise<void> {
  for (const [path, text] of machine.files) {
    const target = join(root, path)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, text.replaceAll(ROOT, root))
  }
  mkdirSync(join(root, RPM_FOLDER), { recursive: true })
  mkdirSync(join(root, 'etc/dnf/plugins'), { recursive: true })
  mkdirSync(pool, { recursive: true })
  const files = machine.installed.map((built) => {
    // Another vendor's build of the same name is another file.
    const path = join(pool, `${fileNameOf(built)}.${built.vendor.length}.rpm`)
    writeFileSync(path, makeRpmFile(built))
    return path
  })
  // rpm leaves out of one run what another package of that run obsoletes, so these come in a second one.
  const obsoletes = (index: number) => (machine.installed[index]?.obsoletes.length ?? 0) > 0
  for (const some of [files.filter((_, index) => !obsoletes(index)), files.filter((_, index) => obsoletes(index))]) {
    if (some.length > 0)
      await runOrThrow('rpm', [...useDatabase(root), '--force-debian', '-i', ...JUST_RECORD, ...some])
  }
}

const JUST_RECORD = ['--justdb', '--force', '--nodeps', '--noscripts', '--nosignature', '--nodigest', '--ignorearch']

/** Options that make rpm use a root's database, without changing its root. */
export function useDatabase(root: string): string[] {
  return ['--dbpath', join(root, RPM_FOLDER)]
}
