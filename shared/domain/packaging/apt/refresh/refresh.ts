import { describePlace, Fault, isFault } from '../../../fault.ts'
import type { RefreshOutcome, RefreshTools } from '../../package-system.ts'
import { chooseLists, type ListPlan } from './choose-list.ts'
import { fetchBareLists } from './fetch-bare-lists.ts'
import { fetchList, type Inconsistent } from './fetch-list.ts'
import { fetchRelease, releaseFolder, type FetchedRelease } from './fetch-release.ts'
import { keyOfList } from './list-layout.ts'
import type { AptListReference, AptRepository, AptSnapshot } from '../model.ts'
import { parseRelease } from './release.ts'
import { describeExpiry, judgeRelease } from './release-rules.ts'
import { findHollowLists, sealSnapshot } from './snapshot.ts'

/**
 * One look at an apt repository: one small conditional request where nothing is new, else Release file, signature, dates, then the
 * lists that are not stored yet. All or nothing: trouble is an outcome that names the place, and the earlier snapshot stays.
 */
export async function refreshAptRepository(repository: AptRepository, tools: RefreshTools): Promise<RefreshOutcome> {
  const previous = findPrevious(repository, tools)
  try {
    return await refresh(repository, tools, previous)
  } catch (error) {
    if (!isFault(error)) throw error
    // The operator's mirrors may lead where the machine's own address does not; where none does, its own reason says most.
    if (error.code === 'address_refused') {
      return { status: 'unreachable', reason: repository.unreachable ?? describe(error) }
    }
    if (error.code === 'repository_unreachable') return { status: 'unreachable', reason: describe(error) }
    if (REFUSALS.has(error.code)) return { status: 'refused', reason: describe(error) }

    throw error
  }
}

const REFUSALS = new Set(['repository_refused', 'evidence_too_large', 'request_invalid'])

function describe(fault: Fault): string {
  const place = describePlace(fault.place)
  return place === '' || fault.message.includes(place) ? fault.message : `${fault.message} (${place})`
}

function findPrevious(repository: AptRepository, tools: RefreshTools): AptSnapshot | null {
  // What was written for this very repository by this module; another one's snapshot says nothing of this one.
  const previous = tools.previous as AptSnapshot | null
  return previous !== null && previous.repositoryId === repository.id ? previous : null
}

async function refresh(
  repository: AptRepository,
  tools: RefreshTools,
  previous: AptSnapshot | null,
): Promise<RefreshOutcome> {
  const reusable = previous !== null && (await isReusable(previous, tools)) ? previous : null
  const answer = await fetchRelease(repository, tools, reusable)
  if (answer.status === 'not-modified') return keep(repository, reusable, tools.now)
  if (answer.status === 'none') return conclude(previous, await snapshotWithoutRelease(repository, tools))

  const first = await takeRelease(repository, tools, previous, answer)
  if (first.status === 'stored') return conclude(previous, first.snapshot)

  // The archive may have changed between the Release file and the list: one more look, then it is the archive's fault.
  const again = await fetchRelease(repository, tools, null)
  if (again.status !== 'found' || again.sha256 === answer.sha256) return giveUp(first)

  const second = await takeRelease(repository, tools, previous, again)
  return second.status === 'stored' ? conclude(previous, second.snapshot) : giveUp(second)
}

/** Its lists are still stored, and the keys that vouched for it have not expired. */
async function isReusable(previous: AptSnapshot, tools: RefreshTools): Promise<boolean> {
  const trustedUntil = previous.trustedUntil ?? null
  if (trustedUntil !== null && Date.parse(trustedUntil) <= tools.now.getTime()) return false

  for (const { key } of previous.lists) if (!(await tools.hasList(key))) return false
  return true
}

/** Not modified. What is kept may have expired all the same: a mirror that is frozen answers so for ever. */
function keep(repository: AptRepository, previous: AptSnapshot | null, now: Date): RefreshOutcome {
  const place = releaseFolder(repository)
  if (previous === null) {
    return {
      status: 'refused',
      reason: `The repository answers 'not modified' to an unconditional request (${place}).`,
    }
  }
  const validUntil = previous.validUntil === null ? null : Date.parse(previous.validUntil)
  const enforced = repository.options.checkDate && repository.options.checkValidUntil
  if (enforced && validUntil !== null && validUntil < now.getTime()) {
    return { status: 'refused', reason: `The repository is refused: ${describeExpiry(validUntil)} (${place}).` }
  }
  return { status: 'unchanged', snapshot: previous }
}

function conclude(previous: AptSnapshot | null, snapshot: AptSnapshot): RefreshOutcome {
  return { status: previous?.digest === snapshot.digest ? 'unchanged' : 'changed', snapshot }
}

function giveUp(found: Inconsistent): RefreshOutcome {
  return { status: 'refused', reason: `The repository is inconsistent: ${found.reason} (${found.url}).` }
}

type TakenRelease = { readonly status: 'stored'; readonly snapshot: AptSnapshot } | Inconsistent

async function takeRelease(
  repository: AptRepository,
  tools: RefreshTools,
  previous: AptSnapshot | null,
  found: FetchedRelease,
): Promise<TakenRelease> {
  const file = parseRelease(found.bytes, found.url)
  const place = { file: found.url }
  const judged = judgeRelease(file, repository, previous, {
    now: tools.now,
    acceptChanges: tools.acceptChanges === true,
  })
  if (judged.status === 'refused')
    throw new Fault('repository_refused', `The repository is refused: ${judged.reason}.`, { place })
  if (file.hasOnlyWeakHashes) {
    throw new Fault('repository_refused', 'The Release file has no checksums but MD5 or SHA-1.', { place })
  }

  const choice = chooseLists(repository, file)
  const { byHash } = repository.options
  const stored = await storeLists(tools, choice.plans, {
    folder: releaseFolder(repository),
    byHash: byHash === 'force' || (byHash === 'yes' && file.acquireByHash),
    previous,
  })
  if (!Array.isArray(stored)) return stored

  const snapshot = sealSnapshot({
    repositoryId: repository.id,
    release: file.release,
    lists: stored,
    gaps: [...judged.gaps, ...choice.gaps, ...findHollowLists(repository, stored)],
    warnings: [...found.warnings, ...judged.warnings, ...choice.warnings],
    verification: found.verification,
    publishedAt: judged.publishedAt,
    validUntil: judged.validUntil,
    releaseSha256: found.sha256,
    validators: found.validators,
    signedBy: found.signedBy,
    trustedUntil: found.trustedUntil,
  })
  return { status: 'stored', snapshot }
}

/** One after another: two lists of one archive share its bandwidth anyway. Equal lists (empty ones) are had once. */
async function storeLists(
  tools: RefreshTools,
  plans: readonly ListPlan[],
  how: { folder: string; byHash: boolean; previous: AptSnapshot | null },
): Promise<AptListReference[] | Inconsistent> {
  const known = new Map((how.previous?.lists ?? []).map((list) => [list.key, list]))
  const stored: AptListReference[] = []
  for (const plan of plans) {
    const key = keyOfList(plan.plain.algorithm, plan.plain.hash)
    const same = stored.find((list) => list.key === key) ?? known.get(key)
    const { component, architecture } = plan
    if (same !== undefined && (await tools.hasList(key))) {
      stored.push({ ...same, component, architecture })
      continue
    }

    const fetched = await fetchList(tools, how.folder, plan, how.byHash)
    if (fetched.status !== 'stored') return fetched
    stored.push(fetched.list)
  }
  return stored
}

async function snapshotWithoutRelease(repository: AptRepository, tools: RefreshTools): Promise<AptSnapshot> {
  const { lists, gaps } = await fetchBareLists(repository, tools)
  return sealSnapshot({
    repositoryId: repository.id,
    release: null,
    lists,
    gaps: [...gaps, ...findHollowLists(repository, lists)],
    warnings: ['Not verified: the repository has no Release file, and the machine takes it all the same.'],
    verification: 'trusted-by-option',
    publishedAt: null,
    validUntil: null,
    releaseSha256: null,
    validators: null,
    signedBy: [],
  })
}
