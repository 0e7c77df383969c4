import type { RefreshTools } from '../../package-system.ts'
import { listTargets } from './choose-list.ts'
import { COMPRESSIONS } from '../../refreshing/decompress.ts'
import { LIST_BYTES, readIndex, writeIndex } from './fetch-list.ts'
import { fetchFile } from '../../refreshing/fetch-file.ts'
import { releaseFolder } from './fetch-release.ts'
import type { AptListReference, AptRepository } from '../model.ts'

// Nothing says how large the plain index may be; real ones shrink to a sixth or less of it.
const MAX_RATIO = 100
const RATIO_SLACK_BYTES = 1024 * 1024

/**
 * The lists of an archive without any Release file, which only a machine that trusts it blindly takes: by name, without checksums.
 * @throws Fault `repository_refused`, `repository_unreachable`
 */
export async function fetchBareLists(
  repository: AptRepository,
  tools: RefreshTools,
): Promise<{ lists: readonly AptListReference[]; gaps: readonly string[] }> {
  const lists: AptListReference[] = []
  const gaps: string[] = []
  for (const target of listTargets(repository)) {
    const list = await fetchBareList(repository, tools, target)
    if (list !== null) lists.push(list)
    else if (target.architecture !== 'all') gaps.push(`The repository has neither a Release file nor ${target.path}.`)
  }
  return { lists, gaps }
}

async function fetchBareList(
  repository: AptRepository,
  tools: RefreshTools,
  target: { component: string; architecture: string; path: string },
): Promise<AptListReference | null> {
  for (const { extension, kind } of COMPRESSIONS) {
    const url = releaseFolder(repository) + target.path + extension
    const answer = await fetchFile(tools, { url, maxBytes: LIST_BYTES.packed })
    if (answer.status !== 'found') continue

    const maxBytes = Math.min(LIST_BYTES.plain, answer.bytes.length * MAX_RATIO + RATIO_SLACK_BYTES)
    const index = await readIndex({ url, kind, packed: answer.bytes, algorithm: 'sha256', maxBytes })
    return writeIndex(tools, target, index)
  }
  return null
}
