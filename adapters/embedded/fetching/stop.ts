import { Fault } from '#shared/domain/fault.ts'
import { describeUrl } from '#shared/domain/fetching/fetch-target.ts'
import type { FetchRequest } from '#shared/ports/fetcher.ts'

/** What ends a request before its time: the caller, or the clock. */
export interface Stop {
  /** Aborted with the Fault to raise. */
  readonly signal: AbortSignal
  /** Starts the clock, once. */
  start(): void
  /** The request is over: nothing stops it any more. */
  end(): void
  /** Waits for a promise, but no longer than the request lasts. */
  orAbort<Value>(promise: Promise<Value>): Promise<Value>
}

/** The clock stands until `start`, so that waiting for one's turn costs nothing. */
export function openStop(request: Pick<FetchRequest, 'url' | 'timeoutMs' | 'signal'>): Stop {
  const controller = new AbortController()
  const { signal } = controller
  let timer: NodeJS.Timeout | null = null
  const cancel = (): void => controller.abort(unreachable(request.url, 'was not waited for any longer'))
  const late = (): void =>
    controller.abort(unreachable(request.url, `is too slow: not done within ${request.timeoutMs / 1000} seconds`))
  if (request.signal?.aborted === true) cancel()
  request.signal?.addEventListener('abort', cancel, { once: true })

  return {
    signal,
    start: () => {
      timer ??= setTimeout(late, request.timeoutMs)
    },
    end: () => {
      if (timer !== null) clearTimeout(timer)
      request.signal?.removeEventListener('abort', cancel)
    },
    orAbort: async (promise) => {
      signal.throwIfAborted()
      const { promise: aborted, reject } = Promise.withResolvers<never>()
      const abort = (): void => reject(signal.reason as Error)
      signal.addEventListener('abort', abort, { once: true })
      try {
        return await Promise.race([promise, aborted])
      } finally {
        signal.removeEventListener('abort', abort)
      }
    },
  }
}

/** `repository_unreachable`, saying of which URL. */
export function unreachable(url: string, what: string): Fault {
  const shown = describeUrl(url)
  return new Fault('repository_unreachable', `${shown} ${what}`, { place: { file: shown } })
}
