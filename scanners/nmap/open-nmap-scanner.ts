import { Fault } from '#shared/domain/fault.ts'
import type { ProgramRuns } from '#shared/ports/program-runs.ts'
import type { Look, NativeIds, Scanner } from '#shared/ports/scanner.ts'
import { nmapArguments } from './arguments.ts'
import type { NmapPreset } from './preset.ts'
import { askVersion } from './program.ts'
import { readProgress } from './progress.ts'
import { readNmapReport } from './read-report.ts'
import { checkTargets, chooseFamily, Targets } from './targets.ts'

export interface NmapOptions {
  readonly id: string
  /** A name on the PATH or a path. */
  readonly program: string
  readonly slots: number
  readonly preset: NmapPreset
  readonly runs: ProgramRuns
}

const TARGETS = 'targets.json'
const REPORT = 'report.xml'
const ERRORS = 'errors.txt'
const END_BYTES = 8192

/** nmap as a scanner: each scan is a child process of its own that goes on when the station dies. */
export function openNmapScanner({ id, program, slots, preset, runs }: NmapOptions): Scanner {
  const processOf = (ids: NativeIds): string => ids['process'] ?? ''
  /** The last thing that it complained about, for a person. */
  const complaintOf = async (run: string): Promise<string> =>
    (await runs.readEnd(run, ERRORS, 2000)).trim().split('\n').at(-1)?.slice(0, 300) ?? ''

  return {
    id,
    kind: 'nmap',
    abilities: { control: true, resume: false, blindSpots: blindSpotsOf(preset) },
    slots,
    checkReady: async () => {
      const { version, reason } = await askVersion(program)
      return version === null ? { status: 'unusable', reason } : { status: 'ready', version, feedVersion: '' }
    },
    list: async (prefix) =>
      (await runs.list(prefix)).map(({ name, id: run, isRunning }) => ({ name, ids: { process: run }, isRunning })),
    create: async ({ name, addresses }, created) => {
      const targets = checkTargets(addresses)
      const ids = { process: await runs.create(name, new Map([[TARGETS, JSON.stringify(targets)]])) }
      await created(ids)
      return ids
    },
    start: async (ids) => {
      const targets = Targets.parse(JSON.parse(await runs.readInput(processOf(ids), TARGETS)))
      const { version, hasVulners, reason } = await askVersion(program)
      if (version === null) throw new Fault('scanner_refused', reason)

      const args = nmapArguments(preset, chooseFamily(targets), REPORT, hasVulners)
      await runs.start(processOf(ids), { program, args, output: null, errors: ERRORS })
      return ids
    },
    look: async (ids) => {
      const run = processOf(ids)
      const state = await runs.look(run)
      if (state.status === 'gone') return nothing('gone', '')
      if (state.status === 'created') return nothing('requested', '')
      if (state.status === 'running') {
        const percent = readProgress(await runs.readEnd(run, REPORT, END_BYTES))
        return { status: 'running', percent, progressMarks: [await runs.sizeOf(run, REPORT)], reason: '' }
      }
      if (state.status === 'ended' && state.exitCode === 0) return nothing('ended', '')
      if (state.wasStopped) return nothing('stopped', '')
      if (state.status === 'lost') return nothing('interrupted', 'nmap was killed.')

      const complaint = await complaintOf(run)
      return nothing('ended', `nmap ended with exit code ${state.exitCode}. ${complaint}`.trim())
    },
    stop: (ids) => runs.stop(processOf(ids)),
    resume: async () => false,
    collect: async function* (ids) {
      const run = processOf(ids)
      if ((await runs.look(run)).status === 'running') {
        throw new Fault('scanner_refused', 'nmap is not done yet: its report would be a part of it.')
      }
      if ((await runs.sizeOf(run, REPORT)) === 0) {
        throw new Fault('scanner_refused', `nmap wrote no report. ${await complaintOf(run)}`.trim())
      }
      yield* runs.read(run, REPORT)
    },
    translate: (chunks, machine) => readNmapReport(chunks, machine),
    remove: (ids) => runs.remove(processOf(ids)),
  }
}

function nothing(status: Look['status'], reason: string): Look {
  return { status, percent: status === 'ended' ? 100 : null, progressMarks: [], reason }
}

function blindSpotsOf(preset: NmapPreset): readonly string[] {
  return [
    'It sees open ports and what answers there; what needs a login it does not see.',
    'Versions are what software says of itself: a patched package of a distribution often shows the old one.',
    ...(preset.vulners
      ? ['Where the vulners service cannot be reached, its script finds nothing and does not say so.']
      : ['Without the vulners script it knows no vulnerabilities but those of its own scripts.']),
  ]
}
