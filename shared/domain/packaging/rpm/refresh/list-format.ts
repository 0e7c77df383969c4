import type { RpmAdvisory, RpmAdvisoryPackage, RpmList, RpmModules, RpmOffer } from '../model.ts'
import { readAdvisory, readAdvisoryPackage, readModules, readOffer } from './read-records.ts'
import { openTable, type ListTable } from './list-table.ts'

// More than a check ever asks for; a stranger's inventory cannot make the caches grow beyond it.
const MAX_CACHED = 200_000

const TABLES = new WeakMap<object, ListTable>()

/** The table under a list that `openRpmList` made; null for any other. */
export function findRpmTable(list: object): ListTable | null {
  return TABLES.get(list) ?? null
}

/**
 * Opens a stored list. Nothing is copied or parsed before it is asked for; look-ups go by a hash table and are remembered. Checksum
 * and frame are checked here; each look-up checks what it touches.
 * @throws Fault `data_damaged`, also from the look-ups
 */
export function openRpmList(bytes: Uint8Array): RpmList {
  const table = openTable(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  const offers = new Map<string, readonly RpmOffer[]>()
  const providers = new Map<string, readonly string[]>()
  const obsoleters = new Map<string, readonly string[]>()
  const advised = new Map<string, readonly RpmAdvisoryPackage[]>()
  const advisories = new Map<number, RpmAdvisory>()
  let modules: RpmModules | null | undefined

  const findAdvisory = (number: number): RpmAdvisory =>
    advisories.get(number) ?? remember(advisories, number, readAdvisory(table, number))

  const list: RpmList = {
    packages: table.packages,
    find: (name) => offers.get(name) ?? remember(offers, name, findOffers(table, name)),
    findProviders: (capability) =>
      providers.get(capability) ??
      remember(providers, capability, findNames(table, 'providedKeys', 'providedOffsets', 'providers', capability)),
    findObsoleters: (name) =>
      obsoleters.get(name) ??
      remember(obsoleters, name, findNames(table, 'obsoletedKeys', 'obsoletedOffsets', 'obsoleters', name)),
    *names() {
      for (let index = 0; index < table.count('nameKeys'); index += 1) yield table.text(table.number('nameKeys', index))
    },
    hasAdvisories: table.hasAdvisories,
    advisoriesOf: (name) =>
      advised.get(name) ??
      remember(
        advised,
        name,
        table
          .range('advisedKeys', 'advisedOffsets', table.findText(name))
          .map((entry) => readAdvisoryPackage(table, name, entry, findAdvisory)),
      ),
    get modules() {
      if (modules === undefined) modules = table.hasModules ? readModules(table) : null
      return modules
    },
  }
  TABLES.set(list, table)
  return list
}

function remember<K, V>(known: Map<K, V>, key: K, value: V): V {
  if (known.size >= MAX_CACHED) known.clear()
  known.set(key, value)
  return value
}

function findOffers(table: ListTable, name: string): readonly RpmOffer[] {
  return table.range('nameKeys', 'nameOffsets', table.findText(name)).map((record) => readOffer(table, name, record))
}

function findNames(
  table: ListTable,
  keys: 'providedKeys' | 'obsoletedKeys',
  offsets: 'providedOffsets' | 'obsoletedOffsets',
  values: 'providers' | 'obsoleters',
  text: string,
): readonly string[] {
  const found = table.range(keys, offsets, table.findText(text)).map((at) => table.text(table.number(values, at)))
  return found.length < 2 ? found : [...new Set(found)]
}
