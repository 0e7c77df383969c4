import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import { defineEndpoint, param } from '../endpoint.ts'

const Depth = z.object({ waiting: z.number(), leased: z.number(), dead: z.number() })

export const QueueState = z.object({
  schema: z.literal('lazaret.queue/1'),
  depth: z.object({ interactive: Depth, sweep: Depth }),
  /** Work that was given up, newest first as the queue has it; at most 100. */
  deadLetters: z.array(
    z.object({
      id: z.string(),
      lane: z.enum(['interactive', 'sweep']),
      job: z.unknown(),
      attempts: z.number(),
      reason: z.string(),
      diedAt: z.string(),
    }),
  ),
})

const show = defineEndpoint({
  id: 'GET /v1/queue',
  summary: 'Work that waits, is under way, or was given up.',
  answers: { 200: QueueState },
  handle: async ({ station }) => {
    const depth = await station.queue.depth()
    const dead = await station.queue.deadLetters(100)
    const deadLetters = dead.map(({ body, ...letter }) => ({ ...letter, job: body }))
    return { status: 200, json: { schema: 'lazaret.queue/1', depth, deadLetters } }
  },
})

const redrive = defineEndpoint({
  id: 'POST /v1/queue/dead-letters/{id}/redrive',
  summary: 'Puts given-up work back into its lane.',
  answers: { 204: null },
  handle: async (call) => {
    const id = param(call, 'id')
    const found = await call.station.queue.redrive(id)
    if (!found) throw new Fault('not_found', 'There is no such dead letter.')
    return { status: 204 }
  },
})

export const QUEUE_ENDPOINTS = [show, redrive]
