import type { EC2Client } from '@aws-sdk/client-ec2'
import { Fault } from '#shared/domain/fault.ts'

/** What may work later (Amazon EC2 API reference, error codes). */
const RETRY = new Set([
  'RequestLimitExceeded',
  'Throttling',
  'ThrottlingException',
  'InsufficientInstanceCapacity',
  'IncorrectInstanceState',
  'IncorrectState',
  'InternalError',
  'InternalFailure',
  'ServiceUnavailable',
  'Unavailable',
  'DependencyViolation',
  'InvalidGroup.InUse',
  'InvalidSnapshot.InUse',
  'VcpuLimitExceeded',
])
const ABSENT = /\.(?:NotFound|Unavailable|Malformed)$/

/** `null`: what the call is about is not there. */
export type Ask = <T>(call: (client: EC2Client, abortSignal: AbortSignal) => Promise<T>) => Promise<T | null>

/** Calls with a limit of time; what AWS says no to becomes a fault. Messages hold AWS's own words, which name no secret. */
export function openAsk(client: EC2Client, timeoutMs: number): Ask {
  return async (call) => {
    try {
      return await call(client, AbortSignal.timeout(timeoutMs))
    } catch (error) {
      if (error instanceof Fault) throw error
      const { name, message, status } = describe(error)
      if (ABSENT.test(name)) return null

      const mayWorkLater = RETRY.has(name) || status === null || status >= 500
      // Without an answer it is the way to AWS, or the credentials that the machine has none of.
      const isSetting = /Credential|Region|Endpoint/.test(name)
      if (mayWorkLater && !isSetting)
        throw new Fault('hypervisor_unreachable', `EC2 cannot do it now: ${name} ${message}`, { cause: error })
      throw new Fault('hypervisor_refused', `EC2 refuses it: ${name} ${message}`, { cause: error })
    }
  }
}

function describe(error: unknown): { name: string; message: string; status: number | null } {
  if (!(error instanceof Error)) return { name: 'Unknown', message: '', status: null }

  const status =
    '$metadata' in error && typeof error.$metadata === 'object' && error.$metadata !== null
      ? ((error.$metadata as { httpStatusCode?: number }).httpStatusCode ?? null)
      : null
  const message = error.message.replace(/[\p{Cc}\s]+/gu, ' ').slice(0, 500)
  return { name: error.name.slice(0, 80), message, status }
}

/** The answer, where its absence is a refusal. @throws Fault `hypervisor_refused` */
export function must<T>(answer: T | null | undefined, what: string): T {
  if (answer === null || answer === undefined) throw new Fault('hypervisor_refused', `EC2 knows no such ${what}.`)
  return answer
}

/** Looks until it is there. @throws Fault `hypervisor_unreachable` when it takes longer than that */
export async function waitUntil(
  isReached: () => Promise<boolean>,
  of: { seconds: number; everyMs: number; what: string },
): Promise<void> {
  const end = Date.now() + of.seconds * 1000
  while (!(await isReached())) {
    if (Date.now() > end) throw new Fault('hypervisor_unreachable', `${of.what} takes longer than ${of.seconds} s.`)
    await new Promise((resolve) => setTimeout(resolve, of.everyMs))
  }
}
