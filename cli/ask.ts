import type { z } from 'zod'
import { Fault, isFault } from '#shared/domain/fault.ts'
import { openClient } from './client.ts'
import type { Client, RequestOptions } from './client.ts'
import { EXIT } from './exit-codes.ts'
import type { ExitCode } from './exit-codes.ts'
import { connectionOptions } from './options.ts'
import type { Options } from './program.ts'
import { sayFault } from './say-fault.ts'

/** Opens the way to the API for one command and closes it after. `makesFolder`: begins a data folder where there is none. */
export async function withClient<T>(
  options: Options,
  work: (client: Client) => Promise<T>,
  how: { makesFolder?: boolean } = {},
): Promise<T> {
  const client = await openClient({ ...connectionOptions(options), ...how })
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}

/** One request whose answer has a shape. @throws Fault `unexpected` when the answer has another */
export async function ask<T>(
  client: Client,
  shape: z.ZodType<T>,
  request: readonly [method: string, path: string, options?: RequestOptions],
): Promise<T> {
  const answer = await client.request(...request)
  const parsed = shape.safeParse(answer)
  if (!parsed.success)
    throw new Fault('unexpected', `${client.address} does not answer like a station of this version.`)

  return parsed.data
}

/** A question about a machine that nobody registered cannot be answered, which is neither a fault nor an answer. */
export async function ofRegistered(work: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work()
  } catch (error) {
    if (!isFault(error, 'not_found')) throw error
    const next = '"lazaret machines" lists those that are registered, "lazaret register" and "lazaret import" add one.'
    sayFault(new Fault('not_found', `${error.message} ${next}`))
    return EXIT.cannotTell
  }
}

export function machinePath(name: string, rest = ''): string {
  return `/v1/machines/${encodeURIComponent(name)}${rest}`
}
