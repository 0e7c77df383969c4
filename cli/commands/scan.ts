import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import { plural } from '#shared/domain/text.ts'
import { ScanProgress } from '#shared/usecases/show-scan.ts'
import { ask, withClient } from '../ask.ts'
import type { Client } from '../client.ts'
import { EXIT } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { terminalOf } from '../options.ts'
import type { Options } from '../program.ts'
import { printTable } from '../table.ts'
import type { Terminal, Tone } from '../terminal.ts'

const Accepted = z.looseObject({ id: z.string() })
const LOOK_MS = 1000

/** `lazaret scan NAME… [--scanner S]… [--wait]`. Without `--wait` the station goes on alone. */
export async function scan(
  names: readonly string[],
  chosen: { readonly scanners: readonly string[]; readonly addresses: readonly string[] },
  options: Options,
): Promise<ExitCode> {
  const { scanners, addresses } = chosen
  if (addresses.length > 0 && names.length > 1) {
    throw new Fault('request_invalid', '--address says where one machine is: name only that one.')
  }
  const terminal = terminalOf(options)
  const isWaited = options.wait === true
  const progress = await withClient(options, async (client) => {
    const machines = addresses.length === 0 ? names : names.map((name) => ({ name, addresses }))
    const json = { machines, ...(scanners.length > 0 && { scanners }) }
    const { id } = await ask(client, Accepted, ['POST', '/v1/scans', { json }])
    client.startWork()
    terminal.say(`Scan ${id} of ${plural(names.length, 'machine')}.`)
    return isWaited ? follow(client, id, terminal) : look(client, id)
  })
  if (options.json === true) terminal.printJson(progress)
  else if (isWaited) printEnd(terminal, progress)
  else terminal.print(progress.id)
  return isWaited ? exitCodeOf(progress) : EXIT.done
}

function look(client: Client, id: string): Promise<ScanProgress> {
  return ask(client, ScanProgress, ['GET', `/v1/scans/${id}`])
}

/** Until every scanner has ended and every machine is back, a line for whatever changes. */
async function follow(client: Client, id: string, terminal: Terminal): Promise<ScanProgress> {
  const said = new Map<string, string>()
  for (;;) {
    const progress = await look(client, id)
    for (const [key, line] of describeLines(progress)) {
      if (said.get(key) === line) continue
      said.set(key, line)
      terminal.say(line)
    }
    const isBack = progress.progress.every((machine) => machine.phase === 'ended')
    if (progress.status === 'ended' && isBack) return progress
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

function* describeLines(scanning: ScanProgress): Generator<readonly [string, string]> {
  for (const machine of scanning.progress) {
    const { name, phase, reason } = machine
    yield [name, `${name}: ${phase}${reason === '' ? '' : ` (${reason})`}`]
    for (const one of machine.scanners) {
      const done = one.status === 'under-way' ? `${one.phase} ${drawBar(one.percent)}` : one.status
      const why = one.reason === '' ? '' : ` (${one.reason})`
      yield [`${name}/${one.scanner}`, `${name}: ${one.scanner}: ${done.trim()}${why}`]
    }
  }
}

const WIDTH = 20

/** Twenty places, '' where the scanner says nothing. */
function drawBar(percent: number | null): string {
  if (percent === null) return ''

  const full = Math.round((Math.min(100, Math.max(0, percent)) / 100) * WIDTH)
  return `[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${Math.round(percent)} %`
}

const TONES: Record<string, Tone> = {
  done: 'good',
  partial: 'warn',
  cancelled: 'warn',
  failed: 'bad',
  'not-examined': 'bad',
}

function printEnd(terminal: Terminal, scanning: ScanProgress): void {
  const rows = scanning.progress.flatMap((machine) =>
    machine.scanners.map((one) => [
      machine.name,
      one.scanner,
      { text: one.status, tone: TONES[one.status] ?? ('plain' as const) },
      one.reason,
    ]),
  )
  printTable(terminal, ['MACHINE', 'SCANNER', 'STATUS', 'WHY'], rows)
  const examined = scanning.progress.filter((machine) => machine.examined === 'examined').length
  terminal.print(`${examined} of ${plural(scanning.progress.length, 'machine')} examined.`)
  for (const machine of scanning.progress) {
    if (machine.isRestored === false) terminal.say(`${machine.name} could not be put back as it was: ${machine.reason}`)
  }
  terminal.say(`lazaret report ${scanning.id} shows what was found.`)
}

/** 0 only where every machine was examined to the end. */
function exitCodeOf(scanning: ScanProgress): ExitCode {
  const states = scanning.progress.map((machine) => machine.examined)
  if (states.every((state) => state === 'examined')) return EXIT.done
  return states.every((state) => state === 'not-examined') ? EXIT.cannotTell : EXIT.partly
}
