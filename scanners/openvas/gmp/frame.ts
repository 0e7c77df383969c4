import { SaxesParser, type SaxesTagPlain } from 'saxes'
import { Fault } from '#shared/domain/fault.ts'
import { openTextRepair } from '#shared/domain/report/repair-text.ts'

const MAX_DEPTH = 100
/** Characters between two tags: gvmd cuts a text at 10,000,000. */
const MAX_SILENCE = 12 * 1024 * 1024

export interface Frame {
  /** Takes the next bytes. @throws Fault `scanner_unreachable` for what is no answer, or one beyond the limit */
  take(bytes: Uint8Array): void
  /** The root is closed: the answer is whole. */
  isWhole(): boolean
  /** `status` and `status_text` of the root; null before it opens. */
  status(): AnswerStatus | null
}

export interface AnswerStatus {
  readonly code: number
  readonly text: string
}

/**
 * Finds the end of one GMP answer, which has no length: where the depth is back at nothing, not where a name comes again. It is no judge of
 * the answer's content; bytes that are not UTF-8 and characters that XML forbids are left to whoever reads it.
 */
export function openFrame(maxBytes: number): Frame {
  const parser = new SaxesParser<{ xmlns: false }>({ xmlns: false })
  const decoder = new TextDecoder('utf-8')
  const repair = openTextRepair()
  let depth = 0
  let size = 0
  let sinceTag = 0
  let isWhole = false
  let status: AnswerStatus | null = null

  const fail = (reason: string): never => {
    throw new Fault('scanner_unreachable', `The answer is not GMP: ${reason}.`)
  }
  parser.on('error', () => fail('it is not well-formed XML'))
  parser.on('doctype', () => fail('it has a document type'))
  parser.on('opentag', (tag: SaxesTagPlain) => {
    sinceTag = 0
    if (depth === 0) status = readStatus(tag) ?? fail('its root has no status')
    depth += 1
    if (depth > MAX_DEPTH) fail('it is nested too deeply')
  })
  parser.on('closetag', () => {
    sinceTag = 0
    depth -= 1
    if (depth === 0) isWhole = true
  })

  return {
    take: (bytes) => {
      size += bytes.length
      if (size > maxBytes) throw new Fault('scanner_unreachable', `An answer is longer than ${maxBytes} bytes.`)
      const text = repair.write(decoder.decode(bytes, { stream: true }))
      sinceTag += text.length
      if (sinceTag > MAX_SILENCE + bytes.length) fail('a text in it is too long')
      parser.write(text)
    },
    isWhole: () => isWhole,
    status: () => status,
  }
}

function readStatus({ attributes }: SaxesTagPlain): AnswerStatus | null {
  const code = attributes['status'] ?? ''
  return /^\d{3}$/.test(code) ? { code: Number(code), text: (attributes['status_text'] ?? '').slice(0, 300) } : null
}
