import { endOfLifeWarnings } from '#shared/domain/end-of-life.ts'
import { isFault } from '#shared/domain/fault.ts'
import type { Machine } from '#shared/domain/machine.ts'
import type { RepositoryFace } from '#shared/domain/packaging/package-system.ts'
import { isDue } from '#shared/domain/repository-state.ts'
import { validityFor } from '#shared/domain/settings.ts'
import { reportUpdates } from '#shared/domain/updates-report.ts'
import type { UpdatesReport } from '#shared/domain/updates-report.ts'
import { checkAgainst, checkSubject, loadSubject } from './check-subject.ts'
import type { CheckedSubject } from './check-subject.ts'
import type { Station } from './needs.ts'
import { getMachine, getRepositories } from './records.ts'
import { refreshRepository } from './refresh-repository.ts'
import type { RefreshReport } from './refresh-repository.ts'
import { writeRepository } from './write-repositories.ts'

/** A repository that failed a moment ago is not asked again for every question. */
const RETRY_AFTER_MS = 60_000
/** How often a question looks whether someone else's refresh has ended. */
const POLL_MS = 100

/**
 * The updates of one machine. Snapshots past their validity are refreshed first, all side by side, within `withinSeconds`; what
 * could not be refreshed by then makes the answer stale or unknown, never clean.
 * @throws Fault `not_found`
 */
export async function askUpdates(
  station: Station,
  name: string,
  options: { withinSeconds?: number; force?: boolean } = {},
): Promise<{ machine: Machine; report: UpdatesReport }> {
  const { value: machine } = await getMachine(station.table, name)
  const within = options.withinSeconds ?? station.settings.answerWithinSeconds
  const first = options.force === true ? null : await answerFromCache(station, machine)
  if (first !== null || within === 0) {
    const checked = first ?? (await checkSubject(station, machine.subject, machine.system.machineId))
    return { machine, report: describe(station, machine, checked) }
  }

  await refreshAll(station, machine.subject, { withinMs: within * 1000, force: options.force === true })
  const checked = await checkSubject(station, machine.subject, machine.system.machineId)
  return { machine, report: describe(station, machine, checked) }
}

/** No repository is due: nothing needs to be asked. Else null. */
async function answerFromCache(station: Station, machine: Machine): Promise<CheckedSubject | null> {
  const subject = await loadSubject(station, machine.subject)
  const states = await getRepositories(station.table, subject.repositories)
  const now = station.clock.now()
  const validity = validityFor(station.settings)
  const waiting = states.filter((state) => isDue(state, now, validity(state.repository.title)))
  const worthAsking = waiting.some((state) => !failedJustNow(state.failure === null ? null : state.attemptedAt, now))
  if (worthAsking) return null

  const { subject: subjectId, system } = machine
  return checkAgainst(station, { subjectId, subject, states, machineId: system.machineId })
}

/** What a clock that was set back lets seem to come was not just now. */
function failedJustNow(attemptedAt: string | null, now: Date): boolean {
  if (attemptedAt === null) return false

  const agoMs = now.getTime() - Date.parse(attemptedAt)
  return agoMs >= 0 && agoMs < RETRY_AFTER_MS
}

/** Refreshes of one question at the same time: a stranger with hundreds of repositories must not fill the memory with their lists. */
const AT_ONCE = 16

/** Refreshes the subject's repositories side by side; returns when all have ended, or when the time is over. */
async function refreshAll(
  station: Station,
  subjectId: string,
  options: { withinMs: number; force: boolean },
): Promise<void> {
  const subject = await loadSubject(station, subjectId)
  const deadline = performance.now() + options.withinMs
  const rest = [...subject.repositories]
  const refreshNext = async (): Promise<void> => {
    for (let next = rest.shift(); next !== undefined && performance.now() < deadline; next = rest.shift()) {
      await refreshOrWait(station, next, { ...options, deadline })
    }
  }
  const runs = Array.from({ length: Math.min(AT_ONCE, rest.length) }, refreshNext)
  await Promise.race([Promise.all(runs), sleep(options.withinMs)])
  // Those that go on beyond the time end by themselves and serve the next question.
  for (const run of runs) run.catch((error: unknown) => station.log.error('refresh.failed', { error: String(error) }))
}

async function refreshOrWait(
  station: Station,
  repository: RepositoryFace,
  options: { deadline: number; force: boolean },
): Promise<void> {
  for (;;) {
    const report = await refreshKnown(station, repository, options.force)
    if (report.status !== 'busy' || performance.now() >= options.deadline) return

    await sleep(POLL_MS)
  }
}

/** A sweep may have forgotten the repository while its last machine was away: then it is written again. */
async function refreshKnown(station: Station, repository: RepositoryFace, force: boolean): Promise<RefreshReport> {
  try {
    return await refreshRepository(station, repository.id, { force, lane: 'interactive' })
  } catch (error) {
    if (!isFault(error, 'not_found')) throw error
    await writeRepository(station, repository)
    return refreshRepository(station, repository.id, { force, lane: 'interactive' })
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}

function describe(station: Station, machine: Machine, checked: CheckedSubject): UpdatesReport {
  const now = station.clock.now()
  return reportUpdates({
    machine: machine.name,
    checkedAt: checked.checkedAt,
    outcome: checked.outcome,
    states: checked.states,
    now,
    validitySeconds: validityFor(station.settings),
    warnings: [...machine.warnings, ...endOfLifeWarnings(machine.system, now)],
  })
}
