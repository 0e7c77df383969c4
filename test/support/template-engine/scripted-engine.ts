import type { Engine } from '#scanners/_template/engine.ts'

/** A scan of it goes on until it is stopped. */
export const SLOW = '192.0.2.66'
const RUN_MS = 150

interface ScriptedJob {
  readonly id: string
  readonly name: string
  readonly addresses: readonly string[]
  startedAt: number | null
  stoppedAt: number | null
}

/** An engine in memory, which scans nothing and finds one thing on every machine. */
export function openScriptedEngine(): Engine {
  const jobs = new Map<string, ScriptedJob>()
  let made = 0
  const stateOf = ({ startedAt, stoppedAt, addresses }: ScriptedJob): string => {
    if (startedAt === null) return 'new'
    if (stoppedAt !== null) return 'halted'
    return addresses.includes(SLOW) || Date.now() - startedAt < RUN_MS ? 'working' : 'done'
  }
  const tell = (job: ScriptedJob) => {
    const state = stateOf(job)
    return { id: job.id, name: job.name, state, percent: state === 'done' ? 100 : 0, results: state === 'new' ? 0 : 1 }
  }

  return {
    status: async () => ({ isReady: true, version: '1.0', feed: '2026-09-21' }),
    listJobs: async () => [...jobs.values()].map(tell),
    makeJob: async (name, addresses) => {
      made += 1
      const id = String(made)
      jobs.set(id, { id, name, addresses, startedAt: null, stoppedAt: null })
      return { id }
    },
    startJob: async (id) => {
      const job = jobs.get(id)
      if (job !== undefined) job.startedAt = Date.now()
    },
    findJob: async (id) => {
      const job = jobs.get(id)
      return job === undefined ? undefined : tell(job)
    },
    stopJob: async (id) => {
      const job = jobs.get(id)
      if (job !== undefined) job.stoppedAt = Date.now()
    },
    deleteJob: async (id) => void jobs.delete(id),
    report: async function* (id) {
      const job = jobs.get(id)
      const at = '2026-09-21T13:33:20Z'
      const isWhole = job !== undefined && stateOf(job) === 'done'
      const hosts = (job?.addresses ?? []).map((address) => ({ address, startedAt: at, endedAt: isWhole ? at : null }))
      const findings = hosts.map(({ address }) => ({
        address,
        port: 22,
        check: 'old-ssh',
        title: 'An old SSH server',
        cvss3: 5.3,
        cves: ['CVE-2016-6210'],
        evidence: 'OpenSSH_7.2p2',
      }))
      yield Buffer.from(JSON.stringify({ version: '1.0', feed: '2026-09-21', hosts, findings }))
    },
  }
}
