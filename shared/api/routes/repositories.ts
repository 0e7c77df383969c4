import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import {
  getRepositorySummary,
  listRepositories,
  RepositorySummary,
  requireUse,
} from '#shared/usecases/list-repositories.ts'
import { queueRefreshes } from '#shared/usecases/queue-refreshes.ts'
import { refreshRepository } from '#shared/usecases/refresh-repository.ts'
import { ownerFilter } from '../authorize.ts'
import { decodeCursor, encodeCursor } from '../cursor.ts'
import { defineEndpoint, param } from '../endpoint.ts'
import { PageQuery } from '../query.ts'

export const RepositoryList = z.object({
  schema: z.literal('lazaret.repositories/1'),
  items: z.array(RepositorySummary),
  cursor: z.string().nullable(),
})
export const RepositoryDetail = z.object({ schema: z.literal('lazaret.repository/1'), ...RepositorySummary.shape })
export const RefreshAnswer = z.object({
  schema: z.literal('lazaret.refreshed/1'),
  repository: z.string(),
  /** `busy`: someone else refreshes it now. `current`: within its validity, not asked. */
  status: z.enum(['changed', 'unchanged', 'current', 'busy', 'unreachable', 'refused']),
  reason: z.string().optional(),
})
export const QueuedRefreshes = z.object({ schema: z.literal('lazaret.refresh-queued/1'), queued: z.number() })

const Force = z.strictObject({ force: z.boolean().default(false) })

const Refresh = Force.extend({
  /** Takes a changed origin, label or codename, which is refused else. For administrators: the repository may be others' too. */
  acceptChanges: z.boolean().default(false),
})

const list = defineEndpoint({
  id: 'GET /v1/repositories',
  summary: 'Repositories that machines have enabled, by id.',
  query: z.strictObject(PageQuery),
  answers: { 200: RepositoryList },
  handle: async (call) => {
    const owner = ownerFilter(call)
    const of = JSON.stringify(['repositories', owner])
    const page = await listRepositories(call.station, {
      owner,
      limit: call.query.limit,
      cursor: decodeCursor(of, call.query.cursor),
    })
    const cursor = encodeCursor(of, page.cursor)
    return { status: 200, json: { schema: 'lazaret.repositories/1', items: page.items, cursor } }
  },
})

const show = defineEndpoint({
  id: 'GET /v1/repositories/{id}',
  summary: 'One repository.',
  answers: { 200: RepositoryDetail },
  handle: async (call) => {
    const summary = await getRepositorySummary(call.station, param(call, 'id'), ownerFilter(call))
    return { status: 200, json: { schema: 'lazaret.repository/1', ...summary } }
  },
})

const refresh = defineEndpoint({
  id: 'POST /v1/repositories/{id}/refresh',
  summary:
    'Looks at one repository now, unless it is within its validity; `force` looks all the same. Answers when that ended.',
  body: { shape: Refresh, isOptional: true },
  answers: { 200: RefreshAnswer },
  handle: async (call) => {
    const id = param(call, 'id')
    await requireUse(call.station, id, ownerFilter(call))
    const { force, acceptChanges } = call.body
    if (acceptChanges && call.token?.role !== 'admin') {
      throw new Fault('not_allowed', 'Only an administrator may accept what a repository changed of itself.')
    }
    const report = await refreshRepository(call.station, id, { force, acceptChanges, lane: 'interactive' })
    return { status: 200, json: { schema: 'lazaret.refreshed/1', repository: id, ...report } }
  },
})

const refreshAll = defineEndpoint({
  id: 'POST /v1/refresh',
  summary: 'Queues a refresh of every repository past its validity; with `force` of every one.',
  body: { shape: Force, isOptional: true },
  answers: { 202: QueuedRefreshes },
  handle: async (call) => {
    const queued = await queueRefreshes(call.station, { force: call.body.force })
    return { status: 202, json: { schema: 'lazaret.refresh-queued/1', queued } }
  },
})

export const REPOSITORY_ENDPOINTS = [list, show, refresh, refreshAll]
