import { z } from 'zod'
import { Explanation } from '#shared/domain/explanation.ts'
import { UpdatesReport } from '#shared/domain/updates-report.ts'
import { Verdict } from '#shared/domain/verdict.ts'
import { askUpdates } from '#shared/usecases/ask-updates.ts'
import { explainVerdict } from '#shared/usecases/explain-verdict.ts'
import { forgetMachine } from '#shared/usecases/forget-machine.ts'
import { judgeMachine } from '#shared/usecases/judge-machine.ts'
import { listMachines, MachineSummary, summarizeMachine, summarizeNamed } from '#shared/usecases/list-machines.ts'
import { answerWithEtag } from '../answer.ts'
import { ownerFilter } from '../authorize.ts'
import { decodeCursor, encodeCursor } from '../cursor.ts'
import { defineEndpoint, param } from '../endpoint.ts'
import { PageQuery, Within } from '../query.ts'
import { writeReport } from '../report-body.ts'
import { OwnerName } from './tokens.ts'

export const MachineList = z.object({
  schema: z.literal('lazaret.machines/1'),
  items: z.array(MachineSummary),
  cursor: z.string().nullable(),
})
export const MachineDetail = z.object({
  schema: z.literal('lazaret.machine/1'),
  ...MachineSummary.shape,
  /** Of its last evidence. */
  warnings: z.array(z.string()),
})

const list = defineEndpoint({
  id: 'GET /v1/machines',
  summary: 'Machines by name, each with what its last check found; nothing is checked for this.',
  query: z.strictObject({
    ...PageQuery,
    owner: OwnerName.optional(),
    /** Only names that begin so. */
    prefix: z
      .string()
      .regex(/^[a-z0-9._-]{1,253}$/)
      .optional(),
  }),
  answers: { 200: MachineList },
  handle: async (call) => {
    const { station, query } = call
    const own = ownerFilter(call)
    // Someone who sees only their own machines may name themselves; another's list is empty for them.
    const owner = own === null ? (query.owner ?? null) : own
    if (own !== null && query.owner !== undefined && query.owner !== own) {
      return { status: 200, json: { schema: 'lazaret.machines/1', items: [], cursor: null } }
    }

    const of = JSON.stringify(['machines', owner, query.prefix ?? ''])
    const page = await listMachines(station, {
      owner,
      limit: query.limit,
      cursor: decodeCursor(of, query.cursor),
      ...(query.prefix === undefined ? {} : { prefix: query.prefix }),
    })
    const items = await Promise.all(page.items.map((machine) => summarizeMachine(station, machine)))
    return { status: 200, json: { schema: 'lazaret.machines/1', items, cursor: encodeCursor(of, page.cursor) } }
  },
})

const show = defineEndpoint({
  id: 'GET /v1/machines/{name}',
  summary: 'One machine, with what its last check found; nothing is checked for this.',
  answers: { 200: MachineDetail },
  handle: async (call) => {
    const summary = await summarizeNamed(call.station, param(call, 'name'))
    return { status: 200, json: { schema: 'lazaret.machine/1', ...summary } }
  },
})

const forget = defineEndpoint({
  id: 'DELETE /v1/machines/{name}',
  summary: 'Forgets a machine: its record, its evidence and, when no clone is left, its results.',
  answers: { 204: null },
  handle: async (call) => {
    await forgetMachine(call.station, param(call, 'name'))
    return { status: 204 }
  },
})

const WithinQuery = z.strictObject({ within: Within })

const withinOf = (query: { within?: number | undefined }) =>
  query.within === undefined ? {} : { withinSeconds: query.within }

const updates = defineEndpoint({
  id: 'GET /v1/machines/{name}/updates',
  summary: 'The updates of a machine. Repositories past their validity are refreshed first, within the time given.',
  query: WithinQuery,
  answers: { 200: UpdatesReport, 304: null },
  handle: async (call) => {
    const { report } = await askUpdates(call.station, param(call, 'name'), withinOf(call.query))
    return answerWithEtag(call.request, writeReport(report))
  },
})

const verdict = defineEndpoint({
  id: 'GET /v1/machines/{name}/verdict',
  summary: 'May the machine start? A machine that nobody registered gets a verdict too.',
  query: WithinQuery,
  answers: { 200: Verdict },
  handle: async (call) => ({
    status: 200,
    json: await judgeMachine(call.station, param(call, 'name'), withinOf(call.query)),
  }),
})

const why = defineEndpoint({
  id: 'GET /v1/machines/{name}/why',
  summary: 'The verdict in one sentence, with what it rests on and the command that mends it.',
  query: WithinQuery,
  answers: { 200: Explanation },
  handle: async (call) => ({
    status: 200,
    json: await explainVerdict(call.station, param(call, 'name'), withinOf(call.query)),
  }),
})

export const MACHINE_ENDPOINTS = [list, show, forget, updates, verdict, why]
