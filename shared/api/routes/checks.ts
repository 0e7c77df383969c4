import { z } from 'zod'
import { parseMachineName } from '#shared/domain/machine.ts'
import { Check, getCheck, requestCheck } from '#shared/usecases/request-check.ts'
import { requireReach } from '../authorize.ts'
import { defineEndpoint, param } from '../endpoint.ts'

const create = defineEndpoint({
  id: 'POST /v1/checks',
  summary:
    'Asks for a check of a machine. Accepted is durable: it ends as done or failed, whatever happens in between.',
  body: { shape: z.strictObject({ machine: z.string(), force: z.boolean().default(false) }) },
  answers: { 202: Check },
  handle: async (call) => {
    const machine = parseMachineName(call.body.machine)
    await requireReach(call.station, call, machine)
    const check = await requestCheck(call.station, { machine, force: call.body.force })
    return { status: 202, json: check, headers: { location: `/v1/checks/${check.id}` } }
  },
})

const show = defineEndpoint({
  id: 'GET /v1/checks/{id}',
  summary: 'How far a check is.',
  answers: { 200: Check },
  handle: async (call) => {
    const check = await getCheck(call.station, param(call, 'id'))
    await requireReach(call.station, call, check.machine)
    return { status: 200, json: check }
  },
})

export const CHECK_ENDPOINTS = [create, show]
