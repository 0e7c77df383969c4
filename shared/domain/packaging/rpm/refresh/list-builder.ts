import { crc32 } from 'node:zlib'
import { Fault } from '../../../fault.ts'
import type { RpmAdvisory, RpmAdvisoryPackage, RpmModules } from '../model.ts'
import { CHECKSUM_BYTES, FIELDS, HEADER_BYTES, LIST_MAGIC, SECTIONS, type Section } from './list-layout.ts'
import { groupByKey, openNumberList } from './number-list.ts'
import { GROUPS, type OfferSink } from './offer-draft.ts'
import { openRecordWriter, type RecordWriter } from './record-writer.ts'
import { openTextTable } from './text-table.ts'
import { writeModules } from './write-modules.ts'

/** Gathers what a repository offers and writes the stored list. */
export interface RpmListBuilder extends OfferSink {
  /** The repository has advisories, even if none follows. */
  beginAdvisories(): void
  addAdvisory(advisory: RpmAdvisory, packages: readonly Omit<RpmAdvisoryPackage, 'advisory'>[]): void
  /** They turned out to be broken: what was added of them is nothing. */
  forgetAdvisories(): void
  setModules(modules: RpmModules): void
  readonly packages: number
  /** Architectures of the packages, each once. */
  readonly architectures: readonly string[]
  /** The list; nothing can be added or asked after that. */
  finish(): Uint8Array
}

// Fedora's largest: 60,000 packages, 30 MB.
const MAX_PACKAGES = 1_000_000
const MAX_LIST_BYTES = 256 * 1024 * 1024

/** An empty list. @throws Fault `repository_refused` from its functions, where there is more than one repository may offer */
export function openRpmListBuilder(): RpmListBuilder {
  const texts = openTextTable()
  const [records, modules] = [openRecordWriter(), openRecordWriter()]
  const [names, provided, providers, obsoleted, obsoleters] = [
    openNumberList(),
    openNumberList(),
    openNumberList(),
    openNumberList(),
    openNumberList(),
  ]
  const architectures = new Set<number>()
  let [advisories, entries, advised] = [openRecordWriter(), openRecordWriter(), openNumberList()]
  let hasAdvisories = false
  let hasModules = false

  const text = (to: RecordWriter, value: string) => to.number(texts.intern(value))
  const checkSize = () => {
    if (
      records.records <= MAX_PACKAGES &&
      texts.bytes + records.bytes + advisories.bytes + entries.bytes + modules.bytes <= MAX_LIST_BYTES
    )
      return
    throw new Fault('repository_refused', 'The repository offers more than any repository may.')
  }

  return {
    intern: (value) => texts.intern(value),
    internAll: (pending) => texts.internAll(pending),
    get seed() {
      return texts.seed
    },
    add(draft) {
      const { name, architecture, provides, obsoletes, files } = draft
      architectures.add(architecture)
      names.push(name)
      records.number(architecture)
      records.number(draft.epoch)
      records.number(draft.version)
      records.number(draft.release)
      records.number(draft.sourceRpm < 0 ? texts.intern('') : draft.sourceRpm)
      records.number(draft.vendor < 0 ? texts.intern('') : draft.vendor)
      records.number(draft.buildTime)
      for (const group of GROUPS) records.number(draft[group].count)
      records.number(files.length)
      for (const group of GROUPS) records.numbers(draft[group].encoded)
      for (let at = 0; at < provides.count; at += 1) {
        provided.push(provides.names.at(at))
        providers.push(name)
      }
      for (let at = 0; at < obsoletes.count; at += 1) {
        obsoleted.push(obsoletes.names.at(at))
        obsoleters.push(name)
      }
      for (let at = 0; at < files.length; at += 1) {
        const file = files.at(at)
        records.number(file)
        provided.push(file)
        providers.push(name)
      }
      records.close()
      checkSize()
    },
    beginAdvisories: () => void (hasAdvisories = true),
    addAdvisory(advisory, packages) {
      hasAdvisories = true
      text(advisories, advisory.id)
      for (const value of [advisory.kind, advisory.severity, advisory.status]) text(advisories, value)
      advisories.number(advisory.rebootSuggested ? 1 : 0)
      for (const list of [advisory.cves, advisory.bugs]) {
        advisories.number(list.length)
        for (const value of list) text(advisories, value)
      }
      advisories.close()
      for (const one of packages) {
        advised.push(texts.intern(one.name))
        entries.number(advisories.records - 1)
        entries.number(one.epoch === null ? 0 : one.epoch + 1)
        for (const value of [one.version, one.release, one.architecture, one.module]) text(entries, value)
        entries.close()
      }
      checkSize()
    },
    forgetAdvisories() {
      ;[advisories, entries, advised] = [openRecordWriter(), openRecordWriter(), openNumberList()]
      hasAdvisories = false
    },
    setModules(found) {
      hasModules = true
      writeModules(modules, (value) => text(modules, value), found)
      checkSize()
    },
    get packages() {
      return records.records
    },
    get architectures() {
      return [...architectures].map((number) => texts.textAt(number)).toSorted()
    },
    finish() {
      const count = texts.count
      const byName = groupByKey(names.view(), countUp(names.length), count)
      const byProvided = groupByKey(provided.view(), providers.view(), count)
      const byObsoleted = groupByKey(obsoleted.view(), obsoleters.view(), count)
      const byAdvised = groupByKey(advised.view(), countUp(advised.length), count)
      const record = records.gather(byName.values)
      const advisory = advisories.gather(countUp(advisories.records))
      const entry = entries.gather(byAdvised.values)
      const table = texts.finish()
      const fields = [table.seed, records.records, count, table.slots.length, hasAdvisories ? 1 : 0, hasModules ? 1 : 0]
      return assemble(fields, {
        textOffsets: table.offsets,
        textBytes: [table.bytes],
        slots: table.slots,
        nameKeys: byName.keys,
        nameOffsets: byName.offsets,
        recordOffsets: record.offsets,
        recordBytes: record.pieces,
        providedKeys: byProvided.keys,
        providedOffsets: byProvided.offsets,
        providers: byProvided.values,
        obsoletedKeys: byObsoleted.keys,
        obsoletedOffsets: byObsoleted.offsets,
        obsoleters: byObsoleted.values,
        advisoryOffsets: advisory.offsets,
        advisoryBytes: advisory.pieces,
        advisedKeys: byAdvised.keys,
        advisedOffsets: byAdvised.offsets,
        entryOffsets: entry.offsets,
        entryBytes: entry.pieces,
        moduleBytes: modules.gather(countUp(modules.records)).pieces,
      })
    },
  }
}

function countUp(count: number): Uint32Array<ArrayBuffer> {
  return Uint32Array.from({ length: count }, (_, index) => index)
}

type Pieces = readonly Uint8Array<ArrayBuffer>[]

/** Takes the sections' memory. */
function assemble(
  fields: readonly number[],
  sections: Readonly<Record<Section, Uint32Array<ArrayBuffer> | Pieces>>,
): Uint8Array {
  const lengths = SECTIONS.map((name) => lengthOf(sections[name]))
  const end = HEADER_BYTES + lengths.reduce((sum, length) => sum + padded(length), 0)
  const out = Buffer.from(new ArrayBuffer(end + CHECKSUM_BYTES))

  LIST_MAGIC.copy(out)
  for (const [index, value] of [...fields.slice(0, FIELDS), ...lengths].entries()) {
    out.writeUInt32LE(value, LIST_MAGIC.length + 4 * index)
  }
  let at = HEADER_BYTES
  for (const [index, name] of SECTIONS.entries()) {
    const pieces = piecesOf(sections[name])
    let to = at
    for (const piece of pieces) {
      out.set(piece, to)
      to += piece.length
    }
    // Side by side with its parts the list would take twice the room.
    for (const { buffer } of pieces) if (buffer.byteLength > 0) buffer.transfer(0)
    at += padded(lengths[index] ?? 0)
  }
  out.writeUInt32LE(crc32(out.subarray(0, end)), end)
  return out
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4
}

function lengthOf(section: Uint32Array<ArrayBuffer> | Pieces): number {
  if (section instanceof Uint32Array) return section.byteLength
  return section.reduce((sum, piece) => sum + piece.length, 0)
}

/** Numbers little-endian whatever the machine; those of the section are not to be read after that. */
function piecesOf(section: Uint32Array<ArrayBuffer> | Pieces): Pieces {
  if (!(section instanceof Uint32Array)) return section

  const bytes = Buffer.from(section.buffer, section.byteOffset, section.byteLength)
  return [IS_BIG_ENDIAN ? bytes.swap32() : bytes]
}

const IS_BIG_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 0
