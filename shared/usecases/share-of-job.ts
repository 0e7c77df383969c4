import { Job } from '#shared/domain/job.ts'
import type { Station } from './needs.ts'
import { findMachine, findRepository } from './records.ts'
import { getCheck } from './request-check.ts'

/** Whose work a job is, where one stranger could have so much of it that everybody else waits. */
export interface Share {
  readonly key: string
  /** Of one key's jobs so many are worked on at the same time in one lane. */
  readonly most: number
}

/** A stranger's host is asked over two connections at most: more workers would only wait for it. */
const OF_A_HOST = 2
/** A check waits for the repositories of its machine, for half a minute when they do not answer. */
const OF_AN_OWNER = 3
const OF_A_MACHINE = 1
/** Steps of scans wait for scanners and hypervisors: some workers stay free for whoever asks for a check. */
const OF_SCANS = 4

/** null: a job that waits for nobody outside. What it is about may be gone: then it is quickly done. */
export async function shareOfJob(station: Pick<Station, 'table'>, body: unknown): Promise<Share | null> {
  const job = Job.safeParse(body).data
  if (job?.kind === 'refresh-repository') {
    const found = await findRepository(station.table, job.repositoryId)
    return found === null ? null : { key: `host ${hostOf(found.value.repository.title)}`, most: OF_A_HOST }
  }
  if (job?.kind === 'advance-scan') return { key: 'scans', most: OF_SCANS }
  if (job?.kind === 'run-check') {
    const check = await getCheck(station, job.check).catch(() => null)
    const machine = check === null ? null : await findMachine(station.table, check.machine)
    if (machine === null) return null

    const { owner, name } = machine.value
    return owner === null
      ? { key: `machine ${name}`, most: OF_A_MACHINE }
      : { key: `owner ${owner}`, most: OF_AN_OWNER }
  }
  return null
}

/** A title begins with the repository's address. */
function hostOf(title: string): string {
  const address = title.split(' ', 1)[0] ?? ''
  return URL.canParse(address) ? new URL(address).host : address
}
