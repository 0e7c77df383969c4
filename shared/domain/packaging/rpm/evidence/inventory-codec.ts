import { z } from 'zod'
import type { RpmInventory, RpmPackage } from '../model.ts'
import { damaged, encodeRelations, flagsOf, openRelations } from './stored-relations.ts'

/**
 * An inventory as a line of JSON, the columns that every check reads, and after it the relations of all packages, which are decoded package by
 * package and kind by kind when somebody first asks for one. Columns and not rows, since a column of words is parsed several times
 * faster; no name or version holds a tab or a newline.
 */
const Core = z.object({
  format: z.literal('lazaret.rpm-inventory/1'),
  architecture: z.string(),
  runningKernel: z.string().nullable(),
  count: z.number().int().nonnegative(),
  name: z.string(),
  /** '' where there is none. */
  epoch: z.string(),
  version: z.string(),
  release: z.string(),
  architectures: z.string(),
  /** '' where it is `name-version-release.src.rpm` of the package itself, `-` where there is none. */
  sourceRpm: z.string(),
  vendor: z.string(),
  installedAt: z.string(),
  module: z.string(),
  /** Digit a package. Bits: 1 it conflicts with something, 2 it obsoletes something: most do neither, and need not be looked at. */
  flags: z.string(),
  /** Bytes of each package's relations, `-` where nothing is known of them. */
  relationBytes: z.string(),
})

const NOTHING = '-'
const ZERO = 0x30

/** Equal inventories give equal bytes, whatever the order of their packages. */
export function encodeRpmInventory(inventory: RpmInventory): Uint8Array {
  const rows = inventory.packages
    .map((each) => ({ each, relations: encodeRelations(each.relations) }))
    .toSorted((a, b) => compareRows(a.each, b.each) || compareTexts(a.relations ?? '', b.relations ?? ''))
  const column = (of: (each: RpmPackage) => string) => rows.map(({ each }) => cell(of(each))).join('\t')
  const blobs = rows.map(({ relations }) => (relations === null ? null : Buffer.from(relations, 'utf8')))
  const core: z.infer<typeof Core> = {
    format: 'lazaret.rpm-inventory/1',
    architecture: inventory.architecture,
    runningKernel: inventory.runningKernel,
    count: rows.length,
    name: column(({ name }) => name),
    epoch: column(({ epoch }) => (epoch === null ? '' : String(epoch))),
    version: column(({ version }) => version),
    release: column(({ release }) => release),
    architectures: column(({ architecture }) => architecture),
    sourceRpm: column(shortenSource),
    vendor: column(({ vendor }) => vendor),
    installedAt: column(({ installedAt }) => (installedAt === null ? '' : String(installedAt))),
    module: column(({ module }) => module),
    flags: rows.map(({ each }) => flagsOf(each.relations)).join(''),
    relationBytes: blobs.map((blob) => (blob === null ? NOTHING : String(blob.byteLength))).join('\t'),
  }
  return Buffer.concat([Buffer.from(`${JSON.stringify(core)}\n`, 'utf8'), ...blobs.filter((blob) => blob !== null)])
}

/** @throws Fault `data_damaged`; for relations when they are first read */
export function decodeRpmInventory(bytes: Uint8Array): RpmInventory {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const lineEnd = buffer.indexOf(0x0a)
  if (lineEnd === -1) throw damaged()
  const core = parseCore(buffer.toString('utf8', 0, lineEnd))
  const split = (text: string) => {
    const cells = core.count === 0 ? [] : text.split('\t')
    if (cells.length !== core.count) throw damaged()
    return cells
  }
  const [name, epoch, version, release] = [core.name, core.epoch, core.version, core.release].map(split)
  const [architectures, sourceRpm, vendor] = [core.architectures, core.sourceRpm, core.vendor].map(split)
  const [installedAt, module, relationBytes] = [core.installedAt, core.module, core.relationBytes].map(split)

  if (core.flags.length !== core.count) throw damaged()
  const packages: RpmPackage[] = []
  let offset = lineEnd + 1
  for (let index = 0; index < core.count; index++) {
    const length = relationBytes?.[index] === NOTHING ? null : readNumber(relationBytes?.[index])
    const base = {
      name: name?.[index] ?? '',
      epoch: readOptional(epoch?.[index]),
      version: version?.[index] ?? '',
      release: release?.[index] ?? '',
      architecture: architectures?.[index] ?? '',
      sourceRpm: sourceRpm?.[index] ?? '',
      vendor: vendor?.[index] ?? '',
      installedAt: readOptional(installedAt?.[index]),
      module: module?.[index] ?? '',
      relations:
        length === null ? null : openRelations(buffer, offset, offset + length, core.flags.charCodeAt(index) - ZERO),
    }
    base.sourceRpm = restoreSource(base)
    packages.push(base)
    offset += length ?? 0
  }
  if (offset !== buffer.byteLength) throw damaged()
  return { architecture: core.architecture, runningKernel: core.runningKernel, packages }
}

function parseCore(text: string): z.infer<typeof Core> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw damaged(cause)
  }
  const result = Core.safeParse(value)
  if (!result.success) throw damaged(result.error)
  return result.data
}

/** What separates cells cannot be in one. */
function cell(text: string): string {
  return text.includes('\t') ? text.replaceAll('\t', ' ') : text
}

function shortenSource(each: RpmPackage): string {
  if (each.sourceRpm === '') return NOTHING
  return each.sourceRpm === ownSource(each) ? '' : each.sourceRpm
}

function restoreSource(each: RpmPackage): string {
  if (each.sourceRpm === NOTHING) return ''
  return each.sourceRpm === '' ? ownSource(each) : each.sourceRpm
}

function ownSource({ name, version, release }: RpmPackage): string {
  return `${name}-${version}-${release}.src.rpm`
}

function readNumber(text: string | undefined): number {
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw damaged()
  return Number(text)
}

function readOptional(text: string | undefined): number | null {
  return text === '' ? null : readNumber(text)
}

function compareRows(a: RpmPackage, b: RpmPackage): number {
  return (
    compareTexts(a.name, b.name) ||
    compareTexts(a.architecture, b.architecture) ||
    (a.epoch ?? -1) - (b.epoch ?? -1) ||
    compareTexts(a.version, b.version) ||
    compareTexts(a.release, b.release) ||
    (a.installedAt ?? -1) - (b.installedAt ?? -1) ||
    compareTexts(a.sourceRpm, b.sourceRpm) ||
    compareTexts(a.vendor, b.vendor) ||
    compareTexts(a.module, b.module)
  )
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
