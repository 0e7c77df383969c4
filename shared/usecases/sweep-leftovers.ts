import { Fault } from '#shared/domain/fault.ts'
import { joinReports, readJoinedReports } from '#shared/domain/report/joined-reports.ts'
import type { ProgramRuns } from '#shared/ports/program-runs.ts'
import type { Look, NativeIds, Scanner } from '#shared/ports/scanner.ts'
import { listTargets, nucleiArguments } from './arguments.ts'
import type { NucleiPreset } from './preset.ts'
import { askVersion, hasTemplates } from './program.ts'
import { addressReport, findStatistics, readAddressReport } from './run-report.ts'
import { readStatistics, type Statistics } from './statistics.ts'
import { checkTargets, Targets } from './targets.ts'

export interface NucleiOptions {
  readonly id: string
  /** A name on the PATH or a path. */
  readonly program: string
  /** Somebody puts the templates there and keeps them up to date: nothing is downloaded during a scan. */
  readonly templatesFolder: string
  readonly slots: number
  readonly preset: NucleiPreset
  readonly runs: ProgramRuns
}

const TARGETS = 'targets.json'
/** One run of nuclei for each address: together, it would not tell which of them answered. */
const filesOf = (at: number) => ({
  list: `targets-${at}.txt`,
  findings: `findings-${at}.jsonl`,
  errors: `errors-${at}.txt`,
})
const END_BYTES = 64 * 1024

/** nuclei as a scanner: each scan is a child process of its own that goes on when the station dies. */
export function openNucleiScanner(options: NucleiOptions): Scanner {
  const { id, program, templatesFolder, slots, preset, runs } = options
  const environment = { NUCLEI_TEMPLATES_DIR: templatesFolder }
  const processOf = (ids: NativeIds): string => ids['process'] ?? ''
  const readTargets = async (run: string): Promise<Targets> =>
    Targets.parse(JSON.parse(await runs.readInput(run, TARGETS)))
  const findLast = async (run: string, at: number): Promise<string | null> =>
    findStatistics(await runs.readEnd(run, filesOf(at).errors, END_BYTES))

  return {
    id,
    kind: 'nuclei',
    abilities: {
      control: true,
      resume: false,
      blindSpots: [
        'It writes nothing for a target that it cannot reach: whether one was examined follows from the number of answered requests.',
        'It finds what its templates look for, on the ports that are set, without following redirects.',
      ],
    },
    slots,
    checkReady: async () => {
      if (!(await hasTemplates(templatesFolder))) {
        return { status: 'unusable', reason: 'There are no templates for nuclei in the folder that is configured.' }
      }
      const { version, reason } = await askVersion(program, environment)
      return version === null ? { status: 'unusable', reason } : { status: 'ready', version, feedVersion: '' }
    },
    list: async (prefix) =>
      (await runs.list(prefix)).map(({ name, id: run, isRunning }) => ({ name, ids: { process: run }, isRunning })),
    create: async ({ name, addresses }, created) => {
      const targets = checkTargets(addresses)
      const inputs = new Map([[TARGETS, JSON.stringify(targets)]])
      for (const [at, address] of targets.addresses.entries()) {
        inputs.set(filesOf(at).list, listTargets(address, preset.ports))
      }
      const ids = { process: await runs.create(name, inputs) }
      await created(ids)
      return ids
    },
    start: async (ids) => {
      const run = processOf(ids)
      const { addresses } = await readTargets(run)
      if (!(await hasTemplates(templatesFolder))) {
        throw new Fault('scanner_refused', 'There are no templates for nuclei in the folder that is configured.')
      }
      const commands = addresses.map((_address, at) => {
        const { list, findings, errors } = filesOf(at)
        return { program, args: nucleiArguments(preset, list, templatesFolder), output: findings, errors }
      })
      await runs.start(run, commands, environment)
      return ids
    },
    look: async (ids) => {
      const run = processOf(ids)
      const state = await runs.look(run)
      if (state.status === 'gone') return nothing('gone', '')
      if (state.status === 'created') return nothing('requested', '')
      if (state.status === 'running') {
        return { status: 'running', ...(await progressOf(run)), reason: '' }
      }
      if (state.status === 'ended' && state.exitCode === 0) return nothing('ended', '')
      if (state.wasStopped) return nothing('stopped', '')
      if (state.status === 'lost') return nothing('interrupted', 'nuclei was killed.')
      return nothing('ended', `nuclei ended with exit code ${state.exitCode}. ${await complaintOf(run)}`.trim())
    },
    stop: (ids) => runs.stop(processOf(ids)),
    resume: async () => false,
    collect: async function* (ids) {
      const run = processOf(ids)
      const state = await runs.look(run)
      if (state.status === 'gone') throw new Fault('scanner_refused', 'There is no such run.')
      if (state.status === 'running' || state.status === 'created') {
        throw new Fault('scanner_refused', 'nuclei is not done yet: its report would be a part of it.')
      }
      const { version } = await askVersion(program, environment)
      const { addresses } = await readTargets(run)
      const isWhole = state.status === 'ended' && state.exitCode === 0
      const { startedAt, endedAt } = state
      const told = { lazaretNucleiRun: 1, version: version ?? '', startedAt, endedAt } as const
      const parts = await Promise.all(
        addresses.map(async (address, at) => {
          const { findings } = filesOf(at)
          const bytes = await runs.sizeOf(run, findings)
          const written = { bytes, chunks: bytes === 0 ? nothingWritten() : runs.read(run, findings) }
          return addressReport({ ...told, address }, written, isWhole ? await findLast(run, at) : null)
        }),
      )
      yield* joinReports(parts)
    },
    translate: (chunks, machine) => readJoinedReports(chunks, (part) => readAddressReport(part, machine)),
    remove: (ids) => runs.remove(processOf(ids)),
  }

  async function progressOf(run: string): Promise<Pick<Look, 'percent' | 'progressMarks'>> {
    const { addresses } = await readTargets(run)
    const lines = await Promise.all(addresses.map((_address, at) => findLast(run, at)))
    const told = lines.flatMap((line) => readStatistics(JSON.parse(line ?? 'null')) ?? [])
    const sum = (of: (statistics: Statistics) => number) => told.reduce((total, one) => total + of(one), 0)
    return {
      percent: told.length === 0 ? null : Math.min(99, Math.floor(sum(({ percent }) => percent) / addresses.length)),
      progressMarks: [told.length, sum(({ requests }) => requests), sum(({ matched }) => matched)],
    }
  }

  /** The last line of its standard error that is no statistics, of the last address about which there is one. */
  async function complaintOf(run: string): Promise<string> {
    const { addresses } = await readTargets(run)
    const ends = await Promise.all(addresses.map((_address, at) => runs.readEnd(run, filesOf(at).errors, 4000)))
    const lines = ends.join('\n').trim().split('\n')
    return lines.findLast((line) => line !== '' && !line.startsWith('{'))?.slice(0, 300) ?? ''
  }
}

/** No finding, or none any more: it was stopped before it came to this address. */
async function* nothingWritten(): AsyncGenerator<Uint8Array> {}

function nothing(status: Look['status'], reason: string): Look {
  return { status, percent: status === 'ended' ? 100 : null, progressMarks: [], reason }
}
