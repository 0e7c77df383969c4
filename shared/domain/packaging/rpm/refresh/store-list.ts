import { isFault } from '../../../fault.ts'
import type { RefreshTools } from '../../package-system.ts'
import type { RpmListReference, RpmModules } from '../model.ts'
import { fetchData, letGo, unpackData } from './fetch-data.ts'
import { openRpmListBuilder, type RpmListBuilder } from './list-builder.ts'
import { keyOfList } from './list-layout.ts'
import { openModulesScanner } from './modules.ts'
import { openPrimaryScanner } from './primary.ts'
import type { PromisedData, Repomd } from './repomd.ts'
import { openUpdateInfoReader } from './update-info.ts'
import { readXml } from './xml.ts'

export interface StoredList {
  readonly list: RpmListReference
  readonly gaps: readonly string[]
  readonly warnings: readonly string[]
}

/**
 * Fetches, checks and reads what repomd.xml names, and stores it as one list; one that is stored already is not fetched.
 * Unreadable advisories leave significance unknown (a warning); unreadable modules leave open which packages count (a gap).
 * @throws Fault `repository_refused`, `repository_unreachable`
 */
export async function storeList(
  tools: RefreshTools,
  folder: string,
  repomd: Repomd,
  known: readonly RpmListReference[],
): Promise<StoredList> {
  const wholeKey = keyOf(repomd, { updateinfo: 'read', modules: 'read' })
  const same = known.find((list) => list.key === wholeKey)
  if (same !== undefined && (await tools.hasList(wholeKey))) return { list: same, gaps: [], warnings: [] }

  const builder = openRpmListBuilder()
  await readPackages(tools, { folder, data: repomd.primary, builder })
  const advisories = await readPart(repomd.updateinfo, (data) => readAdvisories(tools, { folder, data, builder }))
  const modules = await readPart(repomd.modules, (data) => readModules(tools, folder, data))
  if (advisories.status === 'broken') builder.forgetAdvisories()
  if (modules.value !== null) builder.setModules(modules.value)

  const key = keyOf(repomd, { updateinfo: advisories.status, modules: modules.status })
  const { packages, architectures } = builder
  await tools.writeList(key, builder.finish())
  return {
    list: { key, packages, architectures },
    gaps: modules.reason === null ? [] : [`Its module data cannot be used: ${modules.reason}`],
    warnings:
      advisories.reason === null
        ? []
        : [`Its advisories cannot be used, so that nobody knows what its updates are for: ${advisories.reason}`],
  }
}

type PartStatus = 'read' | 'broken'

function keyOf(repomd: Repomd, statuses: { updateinfo: PartStatus; modules: PartStatus }): string {
  const part = (name: string, data: PromisedData | null, status: PartStatus) =>
    data === null ? `${name} none` : `${name} ${status} ${data.checksum.algorithm} ${data.checksum.hash}`
  return keyOfList([
    part('primary', repomd.primary, 'read'),
    part('updateinfo', repomd.updateinfo, statuses.updateinfo),
    part('modules', repomd.modules, statuses.modules),
  ])
}

interface Part<T> {
  readonly value: T | null
  readonly status: PartStatus
  readonly reason: string | null
}

/** What is broken is said; what may work later is tried again as a whole. */
async function readPart<T>(data: PromisedData | null, read: (data: PromisedData) => Promise<T>): Promise<Part<T>> {
  if (data === null) return { value: null, status: 'read', reason: null }

  try {
    return { value: await read(data), status: 'read', reason: null }
  } catch (error) {
    if (!isFault(error, 'repository_refused')) throw error
    return { value: null, status: 'broken', reason: error.message }
  }
}

async function readPackages(
  tools: RefreshTools,
  { folder, data, builder }: { folder: string; data: PromisedData; builder: RpmListBuilder },
): Promise<void> {
  const file = await fetchData(tools, folder, data)
  const scanner = openPrimaryScanner(file.url, builder)
  for await (const piece of unpackData(file, data)) scanner.write(piece)
  scanner.finish()
  letGo(file)
}

/** Straight into the list: there may be a million of them. */
async function readAdvisories(
  tools: RefreshTools,
  { folder, data, builder }: { folder: string; data: PromisedData; builder: RpmListBuilder },
): Promise<void> {
  const file = await fetchData(tools, folder, data)
  builder.beginAdvisories()
  const reader = openUpdateInfoReader(file.url, (advisory, packages) => builder.addAdvisory(advisory, packages))
  await readXml(unpackData(file, data), reader, file.url)
}

async function readModules(tools: RefreshTools, folder: string, data: PromisedData): Promise<RpmModules> {
  const file = await fetchData(tools, folder, data)
  const scanner = openModulesScanner(file.url)
  for await (const piece of unpackData(file, data)) scanner.write(piece)
  return scanner.finish()
}
