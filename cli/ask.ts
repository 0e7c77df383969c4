import type { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import { openClient } from './client.ts'
import type { Client, RequestOptions } from './client.ts'
import { connectionOptions } from './options.ts'
import type { Options } from './program.ts'

/** Opens the way to the API for one command and closes it after. */
export async function withClient<T>(options: Options, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await openClient(connectionOptions(options))
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

export function machinePath(name: string, rest = ''): string {
  return `/v1/machines/${encodeURIComponent(name)}${rest}`
}
