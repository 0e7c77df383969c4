import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'

const Plan = z.object({ name: z.string().min(1).max(300) })

const PLAN = 'run.json'
const RUN_ID = /^[0-9a-f]{32}$/
const UNFINISHED = /^new-[0-9a-f-]{36}$/
const UNFINISHED_MS = 3_600_000
const INPUT_NAME = /^[a-z][a-z0-9-]{0,40}\.[a-z]{1,8}$/

/** A run's folder is named by the hash of its name: whatever a machine is called, it is a file name of 32 characters. */
export function runId(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 32)
}

export function isRunId(id: string): boolean {
  return RUN_ID.test(id)
}

/** @throws Fault `scanner_refused` for anything that is not a run's id */
export function folderOf(workFolder: string, id: string): string {
  if (!isRunId(id)) throw new Fault('scanner_refused', 'There is no such run.')
  return join(workFolder, id)
}

/** A file inside a run's folder. @throws Fault `scanner_refused` for a name that could lead elsewhere */
export function fileOf(workFolder: string, id: string, file: string): string {
  if (!INPUT_NAME.test(file)) throw new Fault('scanner_refused', 'A run has no file of this name.')
  return join(folderOf(workFolder, id), file)
}

/** Makes the folder whole under another name and moves it to its place: what has its place has its inputs. One that is there stays as it is. */
export async function makeFolder(
  workFolder: string,
  name: string,
  inputs: ReadonlyMap<string, string>,
): Promise<string> {
  const id = runId(name)
  const folder = folderOf(workFolder, id)
  if ((await readName(folder)) === name) return id

  await mkdir(workFolder, { recursive: true, mode: 0o700 })
  const unfinished = join(workFolder, `new-${randomUUID()}`)
  await mkdir(unfinished, { mode: 0o700 })
  try {
    for (const [file, text] of [...inputs, [PLAN, JSON.stringify({ name })] as const]) {
      if (!INPUT_NAME.test(file)) throw new Fault('scanner_refused', 'A run has no file of this name.')
      await writeFile(join(unfinished, file), text, { mode: 0o600, flag: 'wx' })
    }
    await rename(unfinished, folder)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    if ((await readName(folder)) !== name) throw error
  }
  return id
}

/** Every run's id and name. Folders that a death left half made go an hour later. */
export async function listFolders(workFolder: string): Promise<readonly { id: string; name: string }[]> {
  const runs: { id: string; name: string }[] = []
  for (const entry of await readdir(workFolder).catch(() => [])) {
    if (UNFINISHED.test(entry)) await sweep(join(workFolder, entry))
    if (!isRunId(entry)) continue

    const name = await readName(join(workFolder, entry))
    if (name !== null && runId(name) === entry) runs.push({ id: entry, name })
  }
  return runs
}

/** null: there is no such run. */
export async function readName(folder: string): Promise<string | null> {
  try {
    return Plan.parse(JSON.parse(await readFile(join(folder, PLAN), 'utf8'))).name
  } catch {
    return null
  }
}

async function sweep(folder: string): Promise<void> {
  const age = await stat(folder).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  )
  if (age > UNFINISHED_MS) await rm(folder, { recursive: true, force: true })
}
