import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { listHostileEvidence } from '#test/support/hostile-evidence.ts'
import { mutateEvidence, SEEDS } from '#test/support/mutate-evidence.ts'
import { seededNumbers } from '#test/support/seeded.ts'
import { chunksOf, tarGzOf } from '#test/support/tar-builder.ts'
import { isCi } from '#test/support/tools.ts'
import { compareWithDemand, judgeEvidence } from '#test/support/judge-evidence.ts'

const SEED = Number(process.env['LAZARET_TEST_SEED'] ?? 2)
const CASES = listHostileEvidence(SEED)
const MAX_MS = 10_000
const MAX_GROWTH = 256 * 1024 * 1024

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** The same chunks, the first of them made already: with it the whole attack is. */
async function begun(body: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const rest = body[Symbol.asyncIterator]()
  const first = await rest.next()
  return (async function* () {
    for (let each = first; each.done !== true; each = await rest.next()) yield each.value
  })()
}

describe(`hostile evidence (seed ${SEED})`, () => {
  it('is a corpus of more than 163 cases', () => {
    expect(CASES.length).toBeGreaterThan(163)
  })

  it.each(CASES)('$name', async ({ body, demand }) => {
    const made = await begun(body())
    // What making the attack took is the test's own, not the reader's.
    collectGarbage()
    const before = process.memoryUsage().rss
    const startedAt = performance.now()
    const judged = await judgeEvidence(made)
    expect(compareWithDemand(demand, judged)).toBe('')
    expect(performance.now() - startedAt).toBeLessThan(MAX_MS)
    expect(process.memoryUsage().rss - before).toBeLessThan(MAX_GROWTH)
    expect('polluted' in {}).toBe(false)
  })
})

const MUTATIONS = isCi() ? 10_000 : 1000

describe(`mutated evidence (seed ${SEED})`, () => {
  it('begins with twenty machines that are read as they are', async () => {
    expect(SEEDS).toHaveLength(20)
    for (const members of SEEDS) {
      expect(await judgeEvidence(chunksOf(tarGzOf(members)))).toMatchObject({ status: 'taken' })
    }
  })

  it(
    `ends ${MUTATIONS} times in a fault or an answer, never in anything else, and soon`,
    { timeout: 600_000 },
    async () => {
      const counts = new Map<string, number>()
      const before = process.memoryUsage().rss
      for (let run = 0; run < MUTATIONS; run++) {
        const body = mutateEvidence(seededNumbers(SEED * 1_000_003 + run))
        const startedAt = performance.now()
        const judged = await judgeEvidence(chunksOf(body)).catch((cause: unknown) => {
          throw new Error(`mutation ${run} of seed ${SEED} threw something that is no Fault`, { cause })
        })
        expect(performance.now() - startedAt, `mutation ${run} of seed ${SEED}`).toBeLessThan(2000)
        const outcome = judged.status === 'refused' ? judged.code : judged.status
        counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
      }
      // The mutations must reach behind the archive: some are taken, some refused by a parser.
      expect(counts.get('taken') ?? 0).toBeGreaterThan(MUTATIONS / 10)
      expect(counts.get('evidence_malformed') ?? 0).toBeGreaterThan(MUTATIONS / 10)
      expect(process.memoryUsage().rss - before).toBeLessThan(MAX_GROWTH)
      expect('polluted' in {}).toBe(false)
    },
  )
})
