import { Fault } from '#shared/domain/fault.ts'
import { joinReports, readJoinedReports } from '#shared/domain/report/joined-reports.ts'
import type { ProgramRuns } from '#shared/ports/program-runs.ts'
import type { Look, NativeIds, Scanner } from '#shared/ports/scanner.ts'
import { nmapArguments } from './arguments.ts'
import type { NmapPreset } from './preset.ts'
import { askVersion } from './program.ts'
import { readProgress } from './progress.ts'
import { readNmapReport } from './read-report.ts'
import { checkTargets, splitFamilies, Targets, type Family } from './targets.ts'

export interface NmapOptions {
  readonly id: string
  /** A name on the PATH or a path. */
  readonly program: string
  readonly slots: number
  readonly preset: NmapPreset
  readonly runs: ProgramRuns
}

const TARGETS = 'targets.json'
const ERRORS = 'errors.txt'
const END_BYTES = 8192

/** nmap as a scanner: each scan is a child process of its own that goes on when the station dies. */
export function openNmapScanner({ id, program, slots, preset, runs }: NmapOptions): Scanner {
  const processOf = (ids: NativeIds): string => ids['process'] ?? ''
  const listFamilies = async (run: string): Promise<readonly Family[]> =>
    splitFamilies(Targets.parse(JSON.parse(await runs.readInput(run, TARGETS))))
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
      const families = await listFamilies(processOf(ids))
      const { version, hasVulners, reason } = await askVersion(program)
      if (version === null) throw new Fault('scanner_refused', reason)

      const commands = families.map((family) => {
        return { program, args: nmapArguments(preset, family, hasVulners), output: null, errors: ERRORS }
      })
      await runs.start(processOf(ids), commands)
      return ids
    },
    look: async (ids) => {
      const run = processOf(ids)
      const state = await runs.look(run)
      if (state.status === 'gone') return nothing('gone', '')
      if (state.status === 'created') return nothing('requested', '')
      if (state.status === 'running') {
        return { status: 'running', ...(await progressOf(run, await listFamilies(run))), reason: '' }
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
      const all = await Promise.all(
        (await listFamilies(run)).map(async ({ report }) => {
          return { bytes: await runs.sizeOf(run, report), chunks: runs.read(run, report) }
        }),
      )
      // One that was stopped may not have come to the second family: its addresses are then not among the examined ones.
      const parts = all.filter(({ bytes }) => bytes > 0)
      const [only] = parts
      if (only === undefined) {
        throw new Fault('scanner_refused', `nmap wrote no report. ${await complaintOf(run)}`.trim())
      }
      yield* parts.length === 1 ? only.chunks : joinReports(parts)
    },
    translate: async (chunks, machine) => {
      const { isJoined, all } = await peek(chunks)
      const read = (part: AsyncIterable<Uint8Array>) => readNmapReport(part, machine)
      return isJoined ? readJoinedReports(all, read) : read(all)
    },
    remove: (ids) => runs.remove(processOf(ids)),
  }

  async function progressOf(
    run: string,
    families: readonly Family[],
  ): Promise<Pick<Look, 'percent' | 'progressMarks'>> {
    const progressMarks = await Promise.all(families.map(({ report }) => runs.sizeOf(run, report)))
    const at = Math.max(
      0,
      progressMarks.findLastIndex((size) => size > 0),
    )
    const percent = readProgress(await runs.readEnd(run, families[at]?.report ?? '', END_BYTES))
    return { percent: percent === null ? null : Math.floor((100 * at + percent) / families.length), progressMarks }
  }
}

/** Several reports begin with a line of JSON, one with XML. */
async function peek(chunks: AsyncIterable<Uint8Array>): Promise<{ isJoined: boolean; all: AsyncIterable<Uint8Array> }> {
  const iterator = chunks[Symbol.asyncIterator]()
  const first = await iterator.next()
  const isJoined = first.done !== true && first.value[0] === 0x7b
  return { isJoined, all: prepend(first, iterator) }
}

async function* prepend(
  first: IteratorResult<Uint8Array>,
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    for (let next = first; next.done !== true; next = await iterator.next()) yield next.value
  } finally {
    await iterator.return?.()
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
