import { createReadStream } from 'node:fs'
import { open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '#shared/domain/fault.ts'
import type { ProgramRuns, ProgramState } from '#shared/ports/program-runs.ts'
import { fileOf, folderOf, isRunId, listFolders, makeFolder, readName } from './folder.ts'
import { lookAtProcess, STOP_MARK, signalGroup, startWatcher } from './process.ts'

const HEED_MS = 10_000
const GONE_TRIES = 50

/** Runs of one scanner's program, each in a folder of its own under the work folder (Linux: it reads `/proc`). */
export function openProgramRuns(workFolder: string): ProgramRuns {
  const look = async (id: string): Promise<ProgramState & { pid: number | null }> => {
    const folder = isRunId(id) ? folderOf(workFolder, id) : null
    if (folder === null || (await readName(folder)) === null) {
      return { status: 'gone', exitCode: null, startedAt: null, endedAt: null, wasStopped: false, pid: null }
    }
    return { ...(await lookAtProcess(folder)), wasStopped: (await stoppedAt(folder)) !== null }
  }

  return {
    list: async (prefix) => {
      const runs = (await listFolders(workFolder)).filter(({ name }) => name.startsWith(prefix))
      return Promise.all(runs.map(async (run) => ({ ...run, isRunning: (await look(run.id)).status === 'running' })))
    },
    create: (name, inputs) => makeFolder(workFolder, name, inputs),
    readInput: async (id, file) => {
      const text = await readFile(fileOf(workFolder, id, file), 'utf8').catch(() => null)
      if (text === null) throw new Fault('scanner_refused', 'There is no such run.')
      return text
    },
    start: async (id, commands, environment = {}) => {
      const { status } = await look(id)
      if (status === 'gone') throw new Fault('scanner_refused', 'There is no such run.')
      if (status !== 'created') return

      const folder = folderOf(workFolder, id)
      await startWatcher(folder, commands, environment)
      await waitFor(async () => {
        const now = await lookAtProcess(folder)
        return now.status === 'running' ? now.pid !== null : now.status !== 'created'
      })
    },
    look: async (id) => {
      const { pid: _pid, ...state } = await look(id)
      return state
    },
    stop: async (id) => {
      const state = await look(id)
      if (state.status !== 'running') return

      const folder = folderOf(workFolder, id)
      const asked = await stoppedAt(folder)
      if (asked === null) await writeFile(join(folder, STOP_MARK), '', { mode: 0o600 })
      if (state.pid === null) return
      signalGroup(state.pid, asked !== null && Date.now() - asked > HEED_MS ? 'SIGKILL' : 'SIGTERM')
    },
    read: (id, file) => readChunks(fileOf(workFolder, id, file)),
    readEnd: (id, file, bytes) => readTail(fileOf(workFolder, id, file), bytes),
    sizeOf: (id, file) =>
      stat(fileOf(workFolder, id, file)).then(
        ({ size }) => size,
        () => 0,
      ),
    remove: async (id) => {
      const state = await look(id)
      if (state.status === 'gone') return
      if (state.pid !== null) {
        signalGroup(state.pid, 'SIGKILL')
        await waitFor(async () => (await look(id)).status !== 'running')
      }
      await rm(folderOf(workFolder, id), { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

async function stoppedAt(folder: string): Promise<number | null> {
  return stat(join(folder, STOP_MARK)).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  )
}

async function waitFor(isSo: () => Promise<boolean>): Promise<void> {
  for (let n = 0; n < GONE_TRIES; n += 1) {
    if (await isSo()) return
    await sleep(20 + 5 * n)
  }
}

async function* readChunks(path: string): AsyncIterable<Uint8Array> {
  const isThere = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
  if (!isThere) throw new Fault('scanner_refused', 'The program wrote no report.')
  for await (const chunk of createReadStream(path)) yield chunk as Uint8Array
}

async function readTail(path: string, bytes: number): Promise<string> {
  const file = await open(path, 'r').catch(() => null)
  if (file === null) return ''
  try {
    const { size } = await file.stat()
    const { buffer, bytesRead } = await file.read({
      buffer: Buffer.alloc(Math.min(bytes, size)),
      position: Math.max(0, size - bytes),
    })
    return buffer.subarray(0, bytesRead).toString('utf8')
  } finally {
    await file.close()
  }
}
