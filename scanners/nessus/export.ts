import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '#shared/domain/fault.ts'
import { StartedExport } from './answers.ts'
import { parseAnswer, type Ask } from './ask.ts'
import { readWhole } from './send.ts'

export interface ExportPatience {
  readonly pollMs: number
  /** One export from its request to its being ready. */
  readonly mostMs: number
}

const EXPORTS = 3

/**
 * The report of one run as `.nessus`. Exports are made on request and get lost: what fails before the first byte is asked for anew, up to
 * three times; what breaks off later is an error.
 * @throws Fault `scanner_unreachable`, `scanner_refused`
 */
export async function* exportRun(
  ask: Ask,
  { scan, history }: { readonly scan: string; readonly history: string },
  patience: ExportPatience,
): AsyncGenerator<Uint8Array> {
  for (let n = 0; n < EXPORTS; n += 1) {
    const path = `/scans/${scan}/export?history_id=${history}`
    const { file } = parseAnswer(StartedExport, await ask({ method: 'POST', path, body: { format: 'nessus' } }, [200]))
    if (!(await isReady(ask, `/scans/${scan}/export/${file}/status`, patience))) continue

    const answer = await ask.stream({ method: 'GET', path: `/scans/${scan}/export/${file}/download` })
    if (answer === null) continue
    try {
      yield* readWhole(answer)
      return
    } finally {
      answer.destroy()
    }
  }
  throw new Fault('scanner_unreachable', `The scanner lost the export ${EXPORTS} times.`)
}

/** False: this export came to nothing. */
async function isReady(ask: Ask, path: string, { pollMs, mostMs }: ExportPatience): Promise<boolean> {
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    const answer = await ask({ method: 'GET', path }, [200, 404, 500])
    if (answer.status !== 200) return false

    const status = /"status"\s*:\s*"(\w{1,40})"/.exec(answer.text.slice(0, 2000))?.[1] ?? ''
    if (status === 'ready') return true
    if (status === 'error') return false
    if (waitedMs >= mostMs) throw new Fault('scanner_unreachable', 'The scanner does not get its export ready.')
    await sleep(pollMs)
  }
}
