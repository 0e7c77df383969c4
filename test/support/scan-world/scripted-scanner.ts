import { Fault } from '#shared/domain/fault.ts'
import { ScannerReport } from '#shared/domain/report/finding.ts'
import type { NativeIds, Scanner } from '#shared/ports/scanner.ts'

/** What a scripted scanner does with the n-th scan that it is given. */
export interface ScanScript {
  /** From start to end, in seconds of the simulation; `never`: it stands still, with this much done. */
  readonly seconds: number | 'never'
  /** It stays `requested` for so long first. */
  readonly requestedSeconds?: number
  readonly endsAs?: 'ended' | 'stopped' | 'interrupted' | 'gone'
  /** A stop is not heeded. */
  readonly ignoresStop?: boolean
  readonly report?: 'complete' | 'partial' | 'no-hosts' | 'broken'
  readonly findings?: number
}

export interface ScannerScript {
  readonly slots?: number
  readonly canResume?: boolean
  readonly hasControl?: boolean
  /** Answers of `checkReady`, one after the other; then `ready`. */
  readonly readiness?: readonly ('not-ready' | 'unusable')[]
  readonly scan: (n: number) => ScanScript
  /** Whether this call fails, and how. */
  readonly fails?: (call: string) => 'unreachable' | 'refused' | null
}

interface Native {
  readonly name: string
  readonly id: string
  readonly addresses: readonly string[]
  readonly script: ScanScript
  startedMs: number | null
  stoppedMs: number | null
}

/** A scanner that does what a script says, in simulated time. It knows nothing of who drives it. */
export interface ScriptedScanner extends Scanner {
  /** What is on it: anything left after a scan was left behind. */
  readonly natives: ReadonlyMap<string, Native>
  /** By name: whether the report that was fetched last says all that there was to see. */
  readonly told: ReadonlyMap<string, boolean>
  /** The most scans that ran at the same time. */
  mostAtOnce(): number
}

export function openScriptedScanner(id: string, script: ScannerScript, nowMs: () => number): ScriptedScanner {
  const natives = new Map<string, Native>()
  const told = new Map<string, boolean>()
  let made = 0
  let asked = 0
  let most = 0
  const meet = (call: string) => {
    const how = script.fails?.(call) ?? null
    if (how === 'unreachable') throw new Fault('scanner_unreachable', `${id} does not answer to ${call}.`)
    if (how === 'refused') throw new Fault('scanner_refused', `${id} refuses to ${call}.`)
  }
  const find = (ids: NativeIds) => natives.get(ids['scan'] ?? '')
  const secondsOf = (native: Native) => ((native.stoppedMs ?? nowMs()) - (native.startedMs ?? nowMs())) / 1000
  const hasEnded = (native: Native) =>
    native.stoppedMs !== null || (native.script.seconds !== 'never' && secondsOf(native) >= endOf(native))
  const endOf = ({ script: { requestedSeconds = 0, seconds } }: Native) =>
    requestedSeconds + (seconds === 'never' ? Number.POSITIVE_INFINITY : seconds)
  const isRunning = (native: Native) => native.startedMs !== null && !hasEnded(native)

  return {
    id,
    kind: 'nmap',
    abilities: { control: script.hasControl ?? true, resume: script.canResume ?? false, blindSpots: [] },
    slots: script.slots ?? 4,
    natives,
    told,
    mostAtOnce: () => most,
    checkReady: async () => {
      meet('checkReady')
      const answer = script.readiness?.[asked]
      asked += 1
      if (answer === undefined) return { status: 'ready', version: '1.0', feedVersion: '2026' }
      if (answer === 'unusable') return { status: 'unusable', reason: 'The password is wrong.' }
      return { status: 'not-ready', reason: 'Its feed is loading.', retryAfterSeconds: 60 }
    },
    list: async (prefix) => {
      meet('list')
      return [...natives.values()]
        .filter((native) => native.name.startsWith(prefix))
        .map((native) => ({ name: native.name, ids: { scan: native.id }, isRunning: isRunning(native) }))
    },
    create: async ({ name, addresses }, created) => {
      meet('create')
      const same = [...natives.values()].find((native) => native.name === name)
      if (same !== undefined) return { scan: same.id }

      made += 1
      const native = { name, id: String(made), addresses, script: script.scan(made), startedMs: null, stoppedMs: null }
      natives.set(native.id, native)
      await created({ scan: native.id })
      meet('create-second-half')
      return { scan: native.id }
    },
    start: async (ids) => {
      meet('start')
      const native = find(ids)
      if (native === undefined) throw new Fault('scanner_refused', 'There is no such scan.')
      native.startedMs ??= nowMs()
      most = Math.max(most, [...natives.values()].filter(isRunning).length)
      return ids
    },
    look: async (ids) => {
      meet('look')
      const native = find(ids)
      if (native === undefined) return look('gone', null, 0)
      if (native.stoppedMs !== null) return look('stopped', null, 0)

      const passed = secondsOf(native)
      if (passed < (native.script.requestedSeconds ?? 0)) return look('requested', null, 0)
      if (hasEnded(native)) return look(native.script.endsAs ?? 'ended', 100, 1)
      const { seconds } = native.script
      return seconds === 'never'
        ? look('running', 50, 7)
        : look('running', Math.floor((99 * passed) / endOf(native)), passed)
    },
    stop: async (ids) => {
      meet('stop')
      const native = find(ids)
      if (native !== undefined && native.script.ignoresStop !== true && !hasEnded(native)) native.stoppedMs = nowMs()
    },
    resume: async (ids) => {
      meet('resume')
      return find(ids) !== undefined && script.canResume === true
    },
    collect: async function* (ids) {
      meet('collect')
      const native = find(ids)
      if (native === undefined) throw new Fault('scanner_refused', 'There is no such scan.')
      const { report = 'complete', endsAs = 'ended' } = native.script
      told.set(
        native.name,
        report === 'complete' && endsAs === 'ended' && native.stoppedMs === null && hasEnded(native),
      )
      yield Buffer.from(JSON.stringify({ report, of: native.addresses }))
      meet('collect-second-half')
    },
    translate: async (chunks, machine) => {
      const pieces: Uint8Array[] = []
      for await (const chunk of chunks) pieces.push(chunk)
      const written = JSON.parse(Buffer.concat(pieces).toString('utf8')) as { report: string; of: string[] }
      if (written.report === 'broken') throw new Fault('report_malformed', 'The report breaks off.')
      return reportOf(written, machine)
    },
    remove: async (ids) => {
      meet('remove')
      natives.delete(ids['scan'] ?? '')
    },
  }
}

function look(
  status: 'requested' | 'running' | 'processing' | 'ended' | 'stopped' | 'interrupted' | 'gone',
  percent: number | null,
  mark: number,
) {
  return { status, percent, progressMarks: [mark], reason: '' }
}

function reportOf(told: { report: string; of: string[] }, machine: string): ScannerReport {
  const at = '2026-01-01T00:00:00.000Z'
  return ScannerReport.parse({
    scanner: 'nmap',
    format: 'nmap-xml',
    scannerVersion: '1.0',
    feedVersion: '',
    completeness: told.report === 'partial' ? 'partial' : 'complete',
    reasons: told.report === 'partial' ? ['One check timed out.'] : [],
    startedAt: at,
    endedAt: at,
    hosts:
      told.report === 'no-hosts'
        ? []
        : told.of.map((address) => ({
            address,
            names: [machine],
            operatingSystem: '',
            startedAt: at,
            endedAt: at,
            authenticated: null,
            isComplete: true,
          })),
    findings: [],
  })
}
