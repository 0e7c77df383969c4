import { z } from 'zod'
import { FAULTS } from '#shared/domain/fault.ts'
import { ACCESS } from './access.ts'
import type { Endpoint } from './endpoint.ts'
import { Problem } from './problem.ts'

type Json = Readonly<Record<string, unknown>>

/** The OpenAPI 3.1 document, made from the very shapes that check requests and that the answers are made in. */
export function describeApi(endpoints: readonly Endpoint[]): Json {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const endpoint of endpoints) {
    const [method = '', path = ''] = endpoint.id.split(' ')
    paths[path] = { ...paths[path], [method.toLowerCase()]: describeOperation(endpoint, path) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Lazaret',
      version: '1',
      description:
        'Which software of every machine is outdated, whether it matters, and whether the machine may start.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Problem: schemaOf(Problem, 'output') },
      responses: {
        Problem: {
          description: `What went wrong. \`code\` is one of ${Object.keys(FAULTS).join(', ')}.`,
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  }
}

function describeOperation(endpoint: Endpoint, path: string): Json {
  const isPublic = ACCESS[endpoint.id] === 'public'
  const parameters = [...pathParameters(path), ...queryParameters(endpoint)]
  const requestBody = bodyOf(endpoint)
  return {
    summary: endpoint.summary,
    operationId: operationId(endpoint.id),
    security: isPublic ? [] : [{ token: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(requestBody === null ? {} : { requestBody }),
    responses: { ...answersOf(endpoint), default: { $ref: '#/components/responses/Problem' } },
  }
}

/** `GET /v1/machines/{name}/updates` → `getMachinesNameUpdates`. */
function operationId(id: string): string {
  const [method = '', path = ''] = id.split(' ')
  const words = path
    .replace('/v1/', '/')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
  const suffix = path.startsWith('/v1/') ? '' : 'AtRoot'
  return method.toLowerCase() + words.map((word) => (word[0] ?? '').toUpperCase() + word.slice(1)).join('') + suffix
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{([a-z]+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
}

function queryParameters(endpoint: Endpoint): Json[] {
  if (endpoint.query === undefined) return []

  const shape = schemaOf(endpoint.query, 'input')
  const properties = z.record(z.string(), z.unknown()).parse(shape.properties)
  const required = z.array(z.string()).parse(shape.required ?? [])
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }))
}

function bodyOf(endpoint: Endpoint): Json | null {
  if (endpoint.bodyTypes !== undefined) {
    const schema = { type: 'string', format: 'binary' }
    const content = Object.fromEntries(endpoint.bodyTypes.map((type) => [type, { schema }]))
    return { required: true, content }
  }
  if (endpoint.body === undefined) return null

  return {
    required: endpoint.body.isOptional !== true,
    content: { 'application/json': { schema: schemaOf(endpoint.body.shape, 'input') } },
  }
}

function answersOf(endpoint: Endpoint): Json {
  const answers = Object.entries(endpoint.answers).map(([status, answer]) => {
    const description = DESCRIPTIONS[status] ?? 'Done.'
    if (answer === null) return [status, { description }]
    if (typeof answer === 'string') {
      return [status, { description, content: { [answer]: { schema: { type: 'string' } } } }]
    }
    return [status, { description, content: { 'application/json': { schema: schemaOf(answer, 'output') } } }]
  })
  return Object.fromEntries(answers)
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  201: 'Made.',
  202: 'Accepted; it will be done.',
  204: 'Done; nothing to say.',
  304: 'What you have is current.',
  503: 'Not at the moment.',
}

/**
 * A shape as JSON Schema. Answers may gain fields under the same schema number, so that a client must not refuse what it does not
 * know: the document does not close them.
 */
function schemaOf(shape: z.ZodType, io: 'input' | 'output'): Json {
  const schema = z.toJSONSchema(shape, {
    io,
    unrepresentable: 'any',
    override: (made) => {
      if (io === 'output' && made.jsonSchema.additionalProperties === false) delete made.jsonSchema.additionalProperties
    },
  })
  const { $schema: _dialect, ...rest } = schema
  return rest
}
