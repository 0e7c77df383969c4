import { describePlace, Fault, isFault } from '../../../fault.ts'
import type { RefreshOutcome, RefreshTools } from '../../package-system.ts'
import type { RpmRepository, RpmSnapshot } from '../model.ts'
import { fetchRepomd, isoOf, type FetchedRepomd } from './fetch-repomd.ts'
import { findMirrors, type Mirrors } from './find-mirrors.ts'
import { sealSnapshot } from './snapshot.ts'
import { storeList } from './store-list.ts'

/**
 * One look at a yum repository: mirrors, repomd.xml with its signature, then packages, advisories and modules as one list. A mirror
 * that fails or contradicts itself is passed over for the next. All or nothing: trouble is an outcome that names the place.
 */
export async function refreshRpmRepository(repository: RpmRepository, tools: RefreshTools): Promise<RefreshOutcome> {
  const previous = findPrevious(repository, tools)
  try {
    return await refresh(repository, tools, previous)
  } catch (error) {
    return explain(repository, error)
  }
}

const REFUSALS = new Set(['repository_refused', 'evidence_too_large', 'request_invalid'])

function explain(repository: RpmRepository, error: unknown): RefreshOutcome & { readonly reason: string } {
  if (!isFault(error)) throw error
  // The operator's mirrors may lead where the machine's own address does not; where none does, its own reason says most.
  if (error.code === 'address_refused') {
    return { status: 'unreachable', reason: repository.unreachable ?? describe(error) }
  }
  if (repository.needsEntitlement && repository.unreachable !== null) {
    return { status: 'unreachable', reason: `${repository.unreachable} (${describe(error)})` }
  }
  if (error.code === 'repository_unreachable') return { status: 'unreachable', reason: describe(error) }
  if (REFUSALS.has(error.code)) return { status: 'refused', reason: describe(error) }

  throw error
}

function describe(fault: Fault): string {
  const place = describePlace(fault.place)
  return place === '' || fault.message.includes(place) ? fault.message : `${fault.message} (${place})`
}

function findPrevious(repository: RpmRepository, tools: RefreshTools): RpmSnapshot | null {
  // What was written for this very repository by this module; another one's snapshot says nothing of this one.
  const previous = tools.previous as RpmSnapshot | null
  return previous !== null && previous.repositoryId === repository.id ? previous : null
}

async function refresh(
  repository: RpmRepository,
  tools: RefreshTools,
  previous: RpmSnapshot | null,
): Promise<RefreshOutcome> {
  const mirrors = await findMirrors(repository, tools)
  const reusable = previous !== null && (await isReusable(previous, tools)) ? previous : null
  if (reusable !== null && isPromised(reusable, mirrors)) return { status: 'unchanged', snapshot: reusable }

  const failures: (RefreshOutcome & { readonly reason: string })[] = []
  for (const folder of mirrors.folders) {
    try {
      return await lookAtMirror({ repository, tools, mirrors, folder, previous, reusable })
    } catch (error) {
      failures.push(explain(repository, error))
    }
  }
  // A refusal says more than a mirror that is not there: somebody answered, and wrongly.
  const status = failures.some((one) => one.status === 'refused') ? 'refused' : 'unreachable'
  return { status, reason: [...new Set(failures.map((one) => one.reason))].join(' ') }
}

/** Its list is still stored, and the keys that vouched for it have not expired. */
async function isReusable(previous: RpmSnapshot, tools: RefreshTools): Promise<boolean> {
  if (previous.trustedUntil !== null && Date.parse(previous.trustedUntil) <= tools.now.getTime()) return false

  for (const { key } of previous.lists) if (!(await tools.hasList(key))) return false
  return true
}

/** The metalink by https names the very repomd.xml that was taken, and no other: nothing is new. */
function isPromised(previous: RpmSnapshot, mirrors: Mirrors): boolean {
  if (!mirrors.isVouchedFor || mirrors.hashes === null) return false

  return mirrors.hashes.some(
    ({ algorithm, hash, isNewest }) => isNewest && algorithm === 'sha256' && hash === previous.repomd.sha256,
  )
}

async function lookAtMirror(look: {
  readonly repository: RpmRepository
  readonly tools: RefreshTools
  readonly mirrors: Mirrors
  readonly folder: string
  readonly previous: RpmSnapshot | null
  readonly reusable: RpmSnapshot | null
}): Promise<RefreshOutcome> {
  const { previous, reusable } = look
  const answer = await fetchRepomd(look)
  if (answer.status === 'not-modified' && reusable !== null) return { status: 'unchanged', snapshot: reusable }
  if (answer.status === 'not-modified') throw new Fault('unexpected', 'Not modified, and nothing was known.')

  try {
    return conclude(previous, await takeSnapshot(look, answer))
  } catch (error) {
    if (!isFault(error, 'repository_refused')) throw error

    // The repository may have changed between repomd.xml and its files: one more look, then it is the mirror's fault.
    const again = await fetchRepomd({ ...look, reusable: null })
    if (again.status !== 'found' || again.sha256 === answer.sha256) throw error
    return conclude(previous, await takeSnapshot(look, again))
  }
}

function conclude(previous: RpmSnapshot | null, snapshot: RpmSnapshot): RefreshOutcome {
  return { status: previous?.digest === snapshot.digest ? 'unchanged' : 'changed', snapshot }
}

async function takeSnapshot(
  look: { repository: RpmRepository; tools: RefreshTools; folder: string; previous: RpmSnapshot | null },
  found: FetchedRepomd,
): Promise<RpmSnapshot> {
  const { repository, tools, folder, previous } = look
  const stored = await storeList(tools, folder, found.content, previous?.lists ?? [])
  const isEmpty = stored.list.packages === 0
  if (isEmpty && previous?.lists.some((list) => list.packages > 0) === true && tools.acceptChanges !== true) {
    throw new Fault('repository_refused', 'The repository offers no package at all, and did so before.', {
      place: { file: found.url },
    })
  }
  const { revision, timestamp } = found.content
  return sealSnapshot({
    repositoryId: repository.id,
    lists: [stored.list],
    gaps: stored.gaps,
    warnings: [
      ...found.trust.warnings,
      ...stored.warnings,
      ...(isEmpty ? ['The repository offers no package at all.'] : []),
    ],
    verification: found.trust.verification,
    publishedAt: timestamp === null ? null : isoOf(timestamp),
    validUntil: null,
    repomd: {
      sha256: found.sha256,
      revision,
      timestamp,
      url: found.url,
      etag: found.etag,
      lastModified: found.lastModified,
    },
    signedBy: found.trust.signedBy,
    trustedUntil: found.trust.trustedUntil,
  })
}
