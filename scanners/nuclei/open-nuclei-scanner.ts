import { Fault } from '#shared/domain/fault.ts'
import type { ProgramRuns } from '#shared/ports/program-runs.ts'
import type { Look, NativeIds, Scanner } from '#shared/ports/scanner.ts'
import { listTargets, nucleiArguments } from './arguments.ts'
import type { NucleiPreset } from './preset.ts'
import { askVersion, hasTemplates } from './program.ts'
import { findStatistics, joinRun, readRun } from './run-report.ts'
import { readStatistics } from './statistics.ts'
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
const LIST = 'targets.txt'
const FINDINGS = 'findings.jsonl'
const ERRORS = 'errors.txt'
const END_BYTES = 64 * 1024

/** nuclei as a scanner: each scan is a child process of its own that goes on when the station dies. */
export function openNucleiScanner(options: NucleiOptions): Scanner {
  const { id, program, templatesFolder, slots, preset, runs } = options
  const environment = { NUCLEI_TEMPLATES_DIR: templatesFolder }
  const processOf = (ids: NativeIds): string => ids['process'] ?? ''
  const readTargets = async (run: string): Promise<Targets> =>
    Targets.parse(JSON.parse(await runs.readInput(run, TARGETS)))
  const findLast = async (run: string): Promise<string | null> =>
    findStatistics(await runs.readEnd(run, ERRORS, END_BYTES))

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
      const inputs = new Map([
        [TARGETS, JSON.stringify(targets)],
        [LIST, listTargets(targets.addresses, preset.ports)],
      ])
      const ids = { process: await runs.create(name, inputs) }
      await created(ids)
      return ids
    },
    start: async (ids) => {
      const run = processOf(ids)
      await readTargets(run)
      if (!(await hasTemplates(templatesFolder))) {
        throw new Fault('scanner_refused', 'There are no templates for nuclei in the folder that is configured.')
      }
      const args = nucleiArguments(preset, LIST, templatesFolder)
      await runs.start(run, { program, args, output: FINDINGS, errors: ERRORS, environment })
      return ids
    },
    look: async (ids) => {
      const run = processOf(ids)
      const state = await runs.look(run)
      if (state.status === 'gone') return nothing('gone', '')
      if (state.status === 'created') return nothing('requested', '')
      if (state.status === 'running') {
        const statistics = readStatistics(JSON.parse((await findLast(run)) ?? 'null'))
        return {
          status: 'running',
          percent: statistics === null ? null : Math.min(99, statistics.percent),
          progressMarks: [statistics?.requests ?? 0, statistics?.matched ?? 0],
          reason: '',
        }
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
      const head = { lazaretNucleiRun: 1, addresses, version: version ?? '', startedAt, endedAt } as const
      yield* joinRun(head, runs.read(run, FINDINGS), isWhole ? await findLast(run) : null)
    },
    translate: readRun,
    remove: (ids) => runs.remove(processOf(ids)),
  }

  /** The last line of its standard error that is no statistics. */
  async function complaintOf(run: string): Promise<string> {
    const lines = (await runs.readEnd(run, ERRORS, 4000)).trim().split('\n')
    return lines.findLast((line) => !line.startsWith('{'))?.slice(0, 300) ?? ''
  }
}

function nothing(status: Look['status'], reason: string): Look {
  return { status, percent: status === 'ended' ? 100 : null, progressMarks: [], reason }
}
