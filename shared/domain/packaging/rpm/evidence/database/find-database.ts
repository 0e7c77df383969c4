import { Buffer } from 'node:buffer'
import type { Evidence } from '../../../../evidence.ts'
import type { RpmDatabase } from './read-database.ts'

/** Where rpm keeps its database, the newer place first: Fedora and SUSE, everyone else and before, image-based systems. */
export const RPM_DATABASE_FOLDERS = ['usr/lib/sysimage/rpm', 'var/lib/rpm', 'usr/share/rpm'] as const
const NAMES = ['rpmdb.sqlite', 'Packages.db', 'Packages'] as const
const WAL = '-wal'

/** Every file that is a database of rpm or belongs to one, in the order in which they are looked at. */
export const RPM_DATABASE_PATHS: readonly string[] = RPM_DATABASE_FOLDERS.flatMap((folder) =>
  NAMES.flatMap((name) =>
    name === 'rpmdb.sqlite' ? [`${folder}/${name}`, `${folder}/${name}${WAL}`] : [`${folder}/${name}`],
  ),
)

/**
 * The databases in the evidence, each with its write-ahead log. Formats in the order in which rpm gave them up, so that what a
 * conversion left behind comes last. A folder that leads to another one is there once: equal bytes are one database.
 */
export function listRpmDatabases({ files }: Evidence): RpmDatabase[] {
  const found: RpmDatabase[] = []
  for (const name of NAMES) {
    for (const folder of RPM_DATABASE_FOLDERS) {
      const path = `${folder}/${name}`
      const bytes = files.get(path)
      if (bytes === undefined) continue

      const wal = name === 'rpmdb.sqlite' ? files.get(path + WAL) : undefined
      const database = { path, bytes, ...(wal === undefined ? {} : { wal }) }
      if (!found.some((other) => isSame(other, database))) found.push(database)
    }
  }
  return found
}

function isSame(one: RpmDatabase, other: RpmDatabase): boolean {
  return isEqual(one.bytes, other.bytes) && isEqual(one.wal ?? EMPTY, other.wal ?? EMPTY)
}

const EMPTY = new Uint8Array(0)

const isEqual = (one: Uint8Array, other: Uint8Array) => one === other || Buffer.compare(one, other) === 0
