/**
 * Syncs a file that only grows: one sync at a time, and whoever comes meanwhile shares the following one. What was written before a
 * sync that failed may be lost although a later one succeeds, so from the first failure on all fail.
 */
export interface LogSync {
  /** Calls `done` once a sync that began after this call has ended, or `fail` with its error. */
  afterSync(done: () => void, fail: (error: unknown) => void): void
  /** Resolves when everything that was handed over so far has ended, well or not. */
  caughtUp(): Promise<void>
}

interface Handed {
  readonly done: () => void
  readonly fail: (error: unknown) => void
}

export function openLogSync(sync: () => Promise<void>): LogSync {
  let handed: Handed[] = []
  let underWay: Promise<void> | null = null
  let following: Promise<void> | null = null
  let failed: { error: unknown } | null = null

  const run = async (): Promise<void> => {
    const these = handed
    handed = []
    if (failed === null) await sync().catch((error: unknown) => (failed = { error }))
    for (const { done, fail } of these) {
      if (failed === null) done()
      else fail(failed.error)
    }
  }
  const start = (): Promise<void> => {
    following = null
    const running: Promise<void> = run().finally(() => {
      if (underWay === running) underWay = null
    })
    underWay = running
    return running
  }

  return {
    afterSync: (done, fail) => {
      handed.push({ done, fail })
      if (underWay === null) void start()
      else following ??= underWay.then(start)
    },
    caughtUp: async () => {
      await (following ?? underWay)
    },
  }
}
