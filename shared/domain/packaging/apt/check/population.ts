import type { AptInventory, AptPackage, AptRelations } from '../model.ts'
import { openNumberPool, openNumberTable } from './number-table.ts'
import type { NumberPool, NumberTable } from './number-table.ts'
import { detach, openPackageNames } from './package-name.ts'
import type { PackageName, PackageNames } from './package-name.ts'
import { NO_GROUP, openRelationStock } from './relation-stock.ts'
import type { RelationStock } from './relation-stock.ts'
import { parseRelations } from './relations.ts'
import { UNREAD } from './unit.ts'
import type { Provision, Unit } from './unit.ts'
import { openUnitIndex } from './unit-index.ts'
import { placeInstalled } from './version-list.ts'
import type { OfferedVersion } from './version-list.ts'

/**
 * Of what is installed, `isNewest` is 1 where nothing newer is offered, but something is. `name` is the number of the unit's name. What it provides
 * are `provides` provisions from the number `provisions` on. The numbers of the groups that it needs stand in the pool from `needs`
 * on, those of what it refuses from `refuses` to `end`, which is 0 as long as its relations have not been read; `weight` is how many
 * relations these are. The rest is about the machine that is looked at: `slot` is where it stands there, `now` the run in
 * which the plan has it there at this moment, `stays` the run in which it is installed and no plan changes that.
 */
type UnitColumn =
  | 'isNewest'
  | 'name'
  | 'provides'
  | 'provisions'
  | 'needs'
  | 'refuses'
  | 'end'
  | 'weight'
  | 'slot'
  | 'now'
  | 'stays'

/**
 * What the machines that share offers have and could have, each thing once: a machine's packages are looked up here, and what is known of
 * them need not be worked out again. Only one machine is looked at at a time: that is its run.
 */
export interface Population {
  readonly names: PackageNames
  readonly relations: RelationStock
  readonly units: NumberTable<UnitColumn>
  readonly pool: NumberPool
  /** `name` is the number of what is provided, `next` the provision of the same name that follows on the machine; 0: none. */
  readonly provisions: NumberTable<'name' | 'next'>
  unitAt(number: number): Unit
  provisionAt(number: number): Provision
  /** The number of a new run, or of a moment in one; no number comes twice. */
  tick(): number
  /** The numbers of the units that a machine has, in the inventory's order. */
  findInstalled(inventory: AptInventory): Int32Array
  /** Reads the relations of installed packages, where nobody did before. */
  readInstalled(numbers: Int32Array, packages: readonly AptPackage[]): void
  /** `offered` as what could be installed of that name and (effective) architecture. */
  findCandidate(name: PackageName, architecture: string, offered: OfferedVersion): Unit
  /** So much is kept that it is time to begin anew. */
  isFull(): boolean
}

const MAX_KEPT = 60_000
const MAX_PARTS = 250_000
const MAX_TICKS = 2 ** 30

/** `find`: versions of a package that are offered, newest first. */
export function openPopulation(
  native: string,
  find: (name: string, architecture: string) => readonly OfferedVersion[],
): Population {
  const names = openPackageNames()
  const relations = openRelationStock(names)
  const units = openNumberTable<UnitColumn>([
    'isNewest',
    'name',
    'provides',
    'provisions',
    'needs',
    'refuses',
    'end',
    'weight',
    'slot',
    'now',
    'stays',
  ])
  const pool = openNumberPool()
  const provisions = openNumberTable(['name', 'next'])
  const allUnits: Unit[] = []
  const allProvisions: Provision[] = []
  const candidates = new WeakMap<OfferedVersion, Unit>()
  let ticks = 0

  const addUnit = (fields: Omit<Unit, 'number' | 'relations'>): Unit => {
    const unit = { number: units.add(), relations: UNREAD, ...fields }
    units.columns.name[unit.number] = unit.name.number
    allUnits.push(unit)
    return unit
  }
  const addInstalled = (installed: AptPackage): number => {
    const name = names.identify(installed.name)
    const architecture = effectiveArchitecture(installed, native)
    const versions = find(name.text, architecture)
    const place = placeInstalled(versions, installed)
    const { number } = addUnit({
      name,
      architecture: detach(architecture),
      version: detach(installed.version),
      multiArch: installed.multiArch,
      source: '',
      isCandidate: false,
      offered: { versions, place, candidate: undefined },
    })
    units.columns.isNewest[number] = versions.length > 0 && place.at === 0 ? 1 : 0
    return number
  }
  const addProvisions = (unit: Unit): number => {
    const first = provisions.count() + 1
    for (const relation of unit.relations.provides) {
      const provision = { number: provisions.add(), unit, relation }
      provisions.columns.name[provision.number] = relation.name.number
      allProvisions.push(provision)
    }
    return first
  }
  const read = (unit: Unit, fields: AptRelations): void => {
    const { depends, conflicts, provides, isMalformed } = (unit.relations = parseRelations(
      fields,
      relations.namesFor(unit.architecture),
    ))
    const { columns } = units
    columns.provides[unit.number] = provides.length
    columns.provisions[unit.number] = addProvisions(unit)
    // Whatever cannot be read is a need that nothing meets.
    columns.needs[unit.number] = pool.append(isMalformed ? [NO_GROUP] : depends.map(({ number }) => number))
    columns.refuses[unit.number] = pool.append(conflicts.map(({ number }) => number))
    columns.end[unit.number] = columns.refuses[unit.number]! + conflicts.length
    columns.weight[unit.number] = conflicts.length + depends.reduce((sum, group) => sum + group.relations.length, 0)
  }
  const index = openUnitIndex(addInstalled)

  return {
    names,
    relations,
    units,
    pool,
    provisions,
    unitAt: (number) => allUnits[number - 1]!,
    provisionAt: (number) => allProvisions[number - 1]!,
    tick: () => (ticks += 1),
    findInstalled: (inventory) => index.find(inventory),
    readInstalled(numbers, packages) {
      for (let at = 0; at < numbers.length; at += 1) {
        const number = numbers[at]!
        if (units.columns.end[number] === 0) read(allUnits[number - 1]!, packages[at]!.relations)
      }
    },
    findCandidate(name, architecture, version) {
      const known = candidates.get(version)
      if (known !== undefined) return known

      const { multiArch, source, sourceVersion, relations: fields } = version.offer
      const unit = addUnit({
        name,
        architecture,
        version: version.version,
        multiArch,
        source: `${source} ${sourceVersion}`,
        isCandidate: true,
        offered: null,
      })
      read(unit, fields)
      candidates.set(version, unit)
      return unit
    },
    isFull: () =>
      Math.max(units.count(), names.table.count()) > MAX_KEPT ||
      relations.groups.count() + relations.refusals.count() + provisions.count() > MAX_PARTS ||
      ticks > MAX_TICKS,
  }
}

/** That under which apt files the package; the native one as the very text that `native` is. */
function effectiveArchitecture({ architecture }: AptPackage, native: string): string {
  return architecture === 'all' || architecture === native ? native : architecture
}
