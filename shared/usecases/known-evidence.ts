import { createHash } from 'node:crypto'
import { claimObjects } from './keep-object.ts'
import type { Station } from './needs.ts'
import { findSubjectState } from './records.ts'

/** What this very process understood of a machine's archive, by the archive's key: the same bytes say the same again. */
export interface KnownEvidence {
  readonly subject: string
  /** Keys of everything that was stored of it. */
  readonly objects: readonly string[]
  readonly said: {
    readonly repositories: readonly { id: string; title: string; unreachable: string | null }[]
    readonly problems: readonly string[]
    readonly warnings: readonly string[]
  }
}

/**
 * Reads a source up to so many bytes. `sha256` is of all of it, null unless it ended exactly there; `again` gives everything from its
 * beginning, whatever was read.
 */
export async function readAhead(
  source: AsyncIterable<Uint8Array>,
  sizeBytes: number,
): Promise<{ sha256: string | null; again: AsyncIterable<Uint8Array> }> {
  const iterator = source[Symbol.asyncIterator]()
  const chunks: Uint8Array[] = []
  let total = 0
  let isDone = false
  while (!isDone && total <= sizeBytes) {
    const next = await iterator.next()
    if (next.done === true) isDone = true
    else {
      chunks.push(next.value)
      total += next.value.length
    }
  }

  const again = async function* () {
    try {
      yield* chunks
      for (let next = isDone ? null : await iterator.next(); next?.done === false; next = await iterator.next())
        yield next.value
    } finally {
      await iterator.return?.()
    }
  }
  if (!isDone || total !== sizeBytes) return { sha256: null, again: again() }

  const hash = createHash('sha256')
  for (const chunk of chunks) hash.update(chunk)
  return { sha256: hash.digest('hex'), again: again() }
}

/** Is everything that was stored of it still there, kept from being cleared away, and was it checked? */
export async function isWhole(station: Pick<Station, 'objects' | 'table' | 'clock'>, known: KnownEvidence) {
  const wasMarked = await claimObjects(station, known.objects)
  const states = await Promise.all([
    ...known.objects.map((key) => station.objects.has(key)),
    findSubjectState(station.table, known.subject, null).then((state) => state !== null),
  ])
  return !wasMarked && !states.includes(false)
}
