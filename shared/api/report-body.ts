import { sha256 } from '#shared/domain/canonical-json.ts'
import { inertJson } from '#shared/domain/text.ts'
import type { UpdatesReport } from '#shared/domain/updates-report.ts'

/** The long lists of an outcome as JSON, kept as long as the outcome itself: most questions are asked again before it changes. */
const written = new WeakMap<readonly unknown[], { json: string; hash: string }>()

/** A report as the body of an answer, and the ETag of it. */
export function writeReport(report: UpdatesReport): { body: string; etag: string } {
  const { updates, local, ...rest } = report
  const [head, first, second] = [inertJson(rest), writeList(updates), writeList(local)]
  const body = `${head.slice(0, -1)},"updates":${first.json},"local":${second.json}}`
  return { body, etag: `"${sha256(head + first.hash + second.hash).slice(0, 32)}"` }
}

function writeList(list: readonly unknown[]): { json: string; hash: string } {
  const known = written.get(list)
  if (known !== undefined) return known

  const json = inertJson(list)
  const made = { json, hash: sha256(json) }
  written.set(list, made)
  return made
}
