import { z } from 'zod'
import { EVIDENCE_LIMITS } from '#shared/domain/evidence.ts'
import { Fault } from '#shared/domain/fault.ts'
import { inertLine, plural } from '#shared/domain/text.ts'
import { registerMachine } from '#shared/usecases/register-machine.ts'
import type { Registration } from '#shared/usecases/register-machine.ts'
import { defineEndpoint, param } from '../endpoint.ts'
import type { Answer, Call } from '../endpoint.ts'
import { refuseEncoding } from '../json-body.ts'

/** What a machine is told after its evidence was taken. */
export const RegistrationAnswer = z.object({
  schema: z.literal('lazaret.registration/1'),
  machine: z.string(),
  /** false: this very evidence was known already. */
  changed: z.boolean(),
  packages: z.number(),
  repositories: z.array(z.object({ title: z.string(), unreachable: z.string().nullable() })),
  warnings: z.array(z.string()),
  /** Each makes every later answer `unknown`. */
  problems: z.array(z.string()),
  evidenceSha256: z.string(),
})
export type RegistrationAnswer = z.infer<typeof RegistrationAnswer>

const TYPES = ['application/gzip', 'application/x-gzip', 'application/octet-stream', 'application/x-tar+gzip']

async function takeEvidence(call: Call): Promise<Answer> {
  const { request, station } = call
  refuseMedia(request)
  const claimed = Number(request.headers.get('content-length') ?? 0)
  if (claimed > EVIDENCE_LIMITS.packedBytes) {
    throw new Fault('evidence_too_large', `The archive is longer than ${EVIDENCE_LIMITS.packedBytes} bytes.`)
  }

  const owner = call.token?.owner ?? null
  const archive = readBody(request)
  const registration = await registerMachine(station, { name: param(call, 'name'), archive, owner })
  const answer = describe(registration)
  const status = registration.isNew ? 201 : 200
  if (!wantsText(request)) return { status, json: answer }

  return { status, text: { type: 'text/plain; charset=utf-8', body: asText(answer, registration.isNew) } }
}

/** The body as it comes; a connection that breaks off is an archive that was cut. */
async function* readBody(request: Request): AsyncGenerator<Uint8Array> {
  if (request.body === null) return

  try {
    for await (const chunk of request.body) yield chunk
  } catch (cause) {
    throw new Fault('evidence_malformed', 'The archive broke off before its end.', { cause })
  }
}

function refuseMedia(request: Request): void {
  refuseEncoding(request)
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (!TYPES.includes(type)) {
    throw new Fault('media_unsupported', `Evidence is a tar.gz, sent as ${TYPES.slice(0, 1).join('')}.`)
  }
}

function wantsText(request: Request): boolean {
  const accept = (request.headers.get('accept') ?? '').toLowerCase()
  return accept.startsWith('text/plain')
}

function describe(registration: Registration): RegistrationAnswer {
  const { machine } = registration
  return {
    schema: 'lazaret.registration/1',
    machine: machine.name,
    changed: registration.changed,
    packages: machine.system.packages,
    repositories: registration.repositories.map(({ title, unreachable }) => ({ title, unreachable })),
    warnings: [...registration.warnings],
    problems: [...registration.problems],
    evidenceSha256: machine.evidenceSha256,
  }
}

function asText(answer: RegistrationAnswer, isNew: boolean): string {
  const news = isNew ? 'registered' : answer.changed ? 'updated' : 'unchanged'
  const repositories = answer.repositories.length === 1 ? '1 repository' : `${answer.repositories.length} repositories`
  const lines = [
    `${answer.machine}: ${news}, ${plural(answer.packages, 'package')}, ${repositories}`,
    ...answer.repositories
      .filter((repository) => repository.unreachable !== null)
      .map((repository) => `not reachable: ${repository.title}: ${repository.unreachable}`),
    ...answer.problems.map((problem) => `problem: ${problem}`),
    ...answer.warnings.map((warning) => `warning: ${warning}`),
  ]
  return lines.map((line) => `${inertLine(line)}\n`).join('')
}

const putEvidence = defineEndpoint({
  id: 'PUT /v1/machines/{name}/evidence',
  summary:
    'Registers a machine by its evidence, a tar.gz of the files that its package manager reads; again when they changed.',
  bodyTypes: TYPES,
  answers: { 200: RegistrationAnswer, 201: RegistrationAnswer },
  handle: takeEvidence,
})

const postEvidence = defineEndpoint({ ...putEvidence, id: 'POST /v1/machines/{name}/evidence' })

export const EVIDENCE_ENDPOINTS = [putEvidence, postEvidence]
