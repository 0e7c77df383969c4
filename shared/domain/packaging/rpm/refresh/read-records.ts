import { Severity, UpdateKind } from '../../update.ts'
import type { RpmAdvisory, RpmAdvisoryPackage, RpmModules, RpmModuleStream, RpmOffer, RpmRelation } from '../model.ts'
import { OPERATORS, type Section } from './list-layout.ts'
import { damaged, type ListTable } from './list-table.ts'

/** Reads the numbers of one record one after another. @throws Fault `data_damaged` past its end */
interface RecordReader {
  number(): number
  text(): string
  texts(): string[]
  readonly isOver: boolean
}

function openRecord(table: ListTable, offsets: Section, bytes: Section, index: number): RecordReader {
  const { start, end } = table.record(offsets, bytes, index)
  return readerOf(table, start, end)
}

function readerOf(table: ListTable, start: number, end: number): RecordReader {
  const { file } = table
  let at = start
  const number = (): number => {
    let [value, unit] = [0, 1]
    for (;;) {
      if (at >= end) throw damaged('a record')

      const byte = file[at] ?? 0
      at += 1
      value += (byte & 0x7f) * unit
      if (byte < 0x80) return value
      unit *= 0x80
      if (unit > 2 ** 49) throw damaged('a number in a record')
    }
  }
  const text = () => table.text(number())
  return {
    number,
    text,
    texts: () => readMany(number(), end - at, text),
    get isOver() {
      return at >= end
    },
  }
}

/** Every thing takes at least a byte: a count beyond that is damage, seen before it is believed. */
function readMany<T>(count: number, bytesLeft: number, read: () => T): T[] {
  if (count > bytesLeft) throw damaged('a count in a record')
  return Array.from({ length: count }, read)
}

export function readOffer(table: ListTable, name: string, index: number): RpmOffer {
  const { start, end } = table.record('recordOffsets', 'recordBytes', index)
  const from = readerOf(table, start, end)
  const architecture = from.text()
  const epoch = from.number()
  const [version, release, sourceRpm, vendor] = [from.text(), from.text(), from.text(), from.text()]
  const buildTime = from.number()
  const counts = Array.from({ length: 5 }, () => from.number())
  const relation = (): RpmRelation => {
    const coded = from.number()
    const operator = OPERATORS[coded % 8]
    if (operator === undefined) throw damaged('an operator')

    return { name: table.text(Math.floor(coded / 8)), operator, evr: operator === '' ? '' : from.text() }
  }
  const many = <T>(which: number, read: () => T) => readMany(counts[which] ?? 0, end - start, read)
  return {
    name,
    architecture,
    epoch: epoch === 0 ? null : epoch - 1,
    version,
    release,
    sourceRpm,
    vendor,
    buildTime: buildTime === 0 ? null : buildTime - 1,
    relations: {
      provides: many(0, relation),
      requires: many(1, relation),
      conflicts: many(2, relation),
      obsoletes: many(3, relation),
    },
    files: many(4, () => from.text()),
  }
}

export function readAdvisory(table: ListTable, index: number): RpmAdvisory {
  const from = openRecord(table, 'advisoryOffsets', 'advisoryBytes', index)
  const id = from.text()
  const kind = UpdateKind.safeParse(from.text())
  const severity = Severity.safeParse(from.text())
  if (!kind.success || !severity.success) throw damaged('an advisory')

  const status = from.text()
  const rebootSuggested = from.number() === 1
  return {
    id,
    kind: kind.data,
    severity: severity.data,
    status,
    cves: from.texts(),
    bugs: from.texts(),
    rebootSuggested,
  }
}

export function readAdvisoryPackage(
  table: ListTable,
  name: string,
  index: number,
  findAdvisory: (number: number) => RpmAdvisory,
): RpmAdvisoryPackage {
  const from = openRecord(table, 'entryOffsets', 'entryBytes', index)
  const advisory = findAdvisory(from.number())
  const epoch = from.number()
  return {
    name,
    epoch: epoch === 0 ? null : epoch - 1,
    version: from.text(),
    release: from.text(),
    architecture: from.text(),
    module: from.text(),
    advisory,
  }
}

/** What `writeModules` wrote. */
export function readModules(table: ListTable): RpmModules {
  const { start, end } = table.span('moduleBytes')
  const from = readerOf(table, start, end)
  const many = <T>(read: () => T) => readMany(from.number(), end - start, read)
  const defaults = new Map(many((): [string, string] => [from.text(), from.text()]))
  const streams = many((): RpmModuleStream => ({
    name: from.text(),
    stream: from.text(),
    version: from.text(),
    context: from.text(),
    architecture: from.text(),
    artifacts: from.texts(),
    demodularized: from.texts(),
    requires: many(() => new Map(many((): [string, string[]] => [from.text(), from.texts()]))),
  }))
  return { defaults, streams }
}
