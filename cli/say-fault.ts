import { describePlace } from '#shared/domain/fault.ts'
import type { Fault } from '#shared/domain/fault.ts'
import { inertJson, inertLine } from '#shared/domain/text.ts'

/** Says what went wrong on standard error: one line with its place, or with `--json` one object. */
export function sayFault(fault: Fault): void {
  const { code, message, place } = fault
  if (process.argv.includes('--json')) {
    process.stderr.write(`${inertJson({ schema: 'lazaret.error/1', code, detail: message, ...place })}\n`)
    return
  }
  process.stderr.write(`lazaret: ${inertLine(placedMessage(fault))} [${code}]\n`)
}

/** The message, behind its place unless that stands in it already. */
export function placedMessage({ message, place }: Fault): string {
  const where = describePlace(place)
  return where === '' || message.includes(where) ? message : `${where}: ${message}`
}
