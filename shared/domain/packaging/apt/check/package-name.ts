import { openNumberTable } from './number-table.ts'
import type { NumberTable } from './number-table.ts'

/** A name that packages have, provide or speak of: one object for all machines that share offers, so that names are compared at a glance. */
export interface PackageName {
  readonly text: string
  readonly number: number
  /** Where apt's table of packages has it; -1: not worked out yet. */
  bucket: number
}

/**
 * What has a name on the machine that is looked at. `slotsIn` is the run in which `slots` (how many), `firstSlot` and `lastSlot` hold,
 * `provisionsIn` that of their like; `changesIn` the one in which what has the name, or provides it, may change.
 */
type NameColumn =
  | 'slotsIn'
  | 'slots'
  | 'firstSlot'
  | 'lastSlot'
  | 'provisionsIn'
  | 'provisions'
  | 'firstProvision'
  | 'lastProvision'
  | 'changesIn'

export interface PackageNames {
  readonly identify: (text: string) => PackageName
  readonly table: NumberTable<NameColumn>
}

export function openPackageNames(): PackageNames {
  const names = new Map<string, PackageName>()
  const table = openNumberTable<NameColumn>([
    'slotsIn',
    'slots',
    'firstSlot',
    'lastSlot',
    'provisionsIn',
    'provisions',
    'firstProvision',
    'lastProvision',
    'changesIn',
  ])
  return {
    table,
    identify(text) {
      const known = names.get(text)
      if (known !== undefined) return known

      const name: PackageName = { text: detach(text), number: table.add(), bucket: -1 }
      names.set(name.text, name)
      return name
    },
  }
}

/** The same text, without the large one that it was cut out of: what is kept for long must not keep a whole inventory with it. */
export function detach(text: string): string {
  return ` ${text}`.slice(1)
}
