import { spawn } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '#shared/domain/fault.ts'
import type { ProgramCommand, ProgramState } from '#shared/ports/program-runs.ts'

/**
 * Runs beside the program and outlives the station. `begun` is made by one process only, so that a second start does nothing; `process` is its
 * own line of the process table and the boot's id, by which a later station knows it again; `exit` is the program's exit code. It survives
 * a request to end, which reaches the program too: so there is an exit code then as well. What is asked to end before it began does not
 * begin. A file may grow to 1 GiB.
 */
const WATCHER = `
umask 077
mkdir begun 2>/dev/null || exit 0
asked= child=
trap 'asked=yes; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null' TERM
trap : INT HUP
read -r line </proc/$$/stat
read -r boot </proc/sys/kernel/random/boot_id
printf '%s\\n%s\\n' "$line" "$boot" >process.part && mv process.part process
ulimit -f 2097152
# The first so many of the words that follow, as one command.
run() {
  count=$1
  shift
  left=$(($# - count))
  while [ "$count" -gt 0 ]; do
    set -- "$@" "$1"
    shift
    count=$((count - 1))
  done
  shift "$left"
  exec "$@"
}
code=0
while [ $# -gt 0 ]; do
  if [ -e stop-asked ]; then code=143; break; fi
  words=$1 output=$2 errors=$3
  shift 3
  run "$words" "$@" </dev/null >"$output" 2>"$errors" &
  child=$!
  # A request that came just before there was a child.
  [ -z "$asked" ] || kill -TERM "$child" 2>/dev/null
  while :; do
    wait "$child" && ended=0 || ended=$?
    kill -0 "$child" 2>/dev/null || break
  done
  [ "$ended" = 0 ] || code=$ended
  shift "$words"
done
printf '%s\\n' "$code" >exit.part && mv exit.part exit
`
/** The file that says that somebody asked it to end. */
export const STOP_MARK = 'stop-asked'
const BOOT_ID = '/proc/sys/kernel/random/boot_id'
/** Between `begun` and `process` lies a blink; a machine under load blinks slowly. */
const BEGINNING_MS = 30_000

/** Starts the watcher in a session of its own and returns once it exists. It inherits nothing of the station's environment but the path. */
export async function startWatcher(
  folder: string,
  commands: readonly ProgramCommand[],
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const words = commands.flatMap(({ program, args, output, errors }) => [
    String(args.length + 1),
    output ?? '/dev/null',
    errors,
    program,
    ...args,
  ])
  const child = spawn('/bin/sh', ['-c', WATCHER, 'lazaret-run', ...words], {
    cwd: folder,
    detached: true,
    stdio: 'ignore',
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: folder, LC_ALL: 'C.UTF-8', ...environment },
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', () => resolve())
    child.once('error', (error) =>
      reject(new Fault('scanner_unreachable', 'No process can be started now.', { cause: error })),
    )
  })
  child.unref()
}

/** What the watcher and the process table say. `pid`: of the watcher, which leads its group; null unless it runs. */
export type ProcessState = Omit<ProgramState, 'wasStopped'> & { readonly pid: number | null }

/** How far the program is, whichever station started it. */
export async function lookAtProcess(folder: string): Promise<ProcessState> {
  const begun = await stat(join(folder, 'begun')).catch(() => null)
  const nothing = { exitCode: null, startedAt: begun?.mtime.toISOString() ?? null, endedAt: null, pid: null }
  if (begun === null) return { ...nothing, status: 'created' }

  const ended = await readEnd(folder)
  if (ended !== null) return { ...nothing, status: 'ended', ...ended }

  const record = await readText(join(folder, 'process'))
  if (record === null) return { ...nothing, status: Date.now() - begun.mtimeMs < BEGINNING_MS ? 'running' : 'lost' }

  const pid = await findAlive(record)
  if (pid !== null) return { ...nothing, status: 'running', pid }

  // It may have ended between the two looks.
  const late = await readEnd(folder)
  return late === null ? { ...nothing, status: 'lost' } : { ...nothing, status: 'ended', ...late }
}

async function readEnd(folder: string): Promise<{ exitCode: number; endedAt: string } | null> {
  const text = await readText(join(folder, 'exit'))
  const written = await stat(join(folder, 'exit')).catch(() => null)
  if (text === null || written === null) return null

  const code = Number.parseInt(text, 10)
  return { exitCode: Number.isSafeInteger(code) ? code : -1, endedAt: written.mtime.toISOString() }
}

/** A signal to the program and all its children. One that is not there is not missed. */
export function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-pid, signal)
  } catch {
    return
  }
}

/** The recorded process if it is still the same one: same id, same start, same boot. Ids are used again. */
async function findAlive(record: string): Promise<number | null> {
  const [line = '', boot = ''] = record.split('\n')
  const recorded = readStat(line)
  if (recorded === null || boot.trim() !== (await readText(BOOT_ID))?.trim()) return null

  const now = readStat((await readText(`/proc/${recorded.pid}/stat`)) ?? '')
  const isSame = now !== null && now.started === recorded.started && now.state !== 'Z' && now.state !== 'X'
  return isSame ? recorded.pid : null
}

/** `/proc/PID/stat` (proc(5)): id, name in parentheses, state, …, start in ticks since the boot as field 22. */
function readStat(line: string): { pid: number; state: string; started: string } | null {
  const pid = Number.parseInt(line, 10)
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  const [state, started] = [fields[0], fields[19]]
  return Number.isSafeInteger(pid) && pid > 1 && state !== undefined && started !== undefined
    ? { pid, state, started }
    : null
}

async function readText(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null)
}
