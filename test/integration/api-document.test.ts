import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ENDPOINTS } from '#shared/api/endpoints.ts'
import { describeApi } from '#shared/api/openapi.ts'
import { answered } from '#test/support/answered.ts'
import { NMAP_REPORT } from '#test/support/scan-world/nmap-report.ts'
import { openScriptedScanner } from '#test/support/scan-world/scripted-scanner.ts'
import { stationWorld } from '#test/support/station-world.ts'
import type { StationWorld } from '#test/support/station-world.ts'

let world: StationWorld

beforeAll(async () => {
  const scanner = openScriptedScanner('nmap', { scan: () => ({ seconds: 1 }) }, () => Date.now())
  world = await stationWorld({ scanning: { scanners: new Map([['nmap', scanner]]) } })
})
afterAll(() => world.close())

describe('the OpenAPI document', () => {
  it('gives the shape of every answer, without a field more', async () => {
    await world.publish(['hello 2.0'])
    await world.register('web1')
    await world.workAll()
    const id = (await answered(await world.ask('GET', '/v1/repositories'))).items[0]?.id ?? ''
    const check = await answered(await world.ask('POST', '/v1/checks', { json: { machine: 'web1' } }))
    const token = await answered(await world.ask('POST', '/v1/tokens', { json: { role: 'gate' } }))
    const scan = await answered(await world.ask('POST', '/v1/scans', { json: { machines: ['web1'] } }))
    const exchanges = [
      ['GET', '/v1/health'],
      ['GET', '/livez'],
      ['GET', '/readyz'],
      ['GET', '/v1/openapi.json'],
      ['GET', '/openapi.json'],
      ['GET', '/v1/machines'],
      ['GET', '/v1/machines/{name}', 'web1'],
      ['GET', '/v1/machines/{name}/updates', 'web1'],
      ['GET', '/v1/machines/{name}/verdict', 'web1'],
      ['GET', '/v1/machines/{name}/why', 'web1'],
      ['GET', '/v1/machines/{name}/verdict', 'nobody'],
      ['GET', '/v1/machines/{name}/why', 'nobody'],
      ['GET', '/v1/machines/{name}', 'nobody'],
      ['POST', '/v1/checks', { machine: 'web1' }],
      ['GET', '/v1/checks/{id}', check.id],
      ['POST', '/v1/scans', { machines: ['web1'] }],
      ['GET', '/v1/scans'],
      ['GET', '/v1/scans/{id}', scan.id],
      ['GET', '/v1/scans/{id}/report', scan.id],
      ['DELETE', '/v1/scans/{id}', scan.id],
      ['POST', '/v1/machines/{name}/verdict', 'web1'],
      ['GET', '/v1/repositories'],
      ['GET', '/v1/repositories/{id}', id],
      ['POST', '/v1/repositories/{id}/refresh', id],
      ['POST', '/v1/refresh'],
      ['GET', '/v1/packages'],
      ['GET', '/v1/packages/{name}', 'hello'],
      ['GET', '/v1/packages/{name}', 'nothing'],
      ['POST', '/v1/tokens', { role: 'gate' }],
      ['GET', '/v1/tokens'],
      ['DELETE', '/v1/tokens/{id}', token.token.id],
      ['GET', '/v1/queue'],
      ['POST', '/v1/queue/dead-letters/{id}/redrive', 'none'],
      ['DELETE', '/v1/machines/{name}', 'web1'],
    ] as const
    const registered = await world.register('web9')
    const taken = await world.ask('POST', '/v1/reports?machine=web1', {
      body: NMAP_REPORT,
      headers: { 'content-type': 'application/xml' },
    })
    const required = await world.ask('POST', '/v1/machines/web1/verdict?scan=required')
    const wrong = [
      await compare('PUT', '/v1/machines/{name}/evidence', registered),
      await compare('POST', '/v1/reports', taken),
      await compare('POST', '/v1/machines/{name}/verdict', required),
    ]
    for (const [method, pattern, given] of exchanges) {
      const path = pattern.replace(/\{.*\}/, typeof given === 'string' ? given : '')
      const how = typeof given === 'object' ? { json: given } : {}
      wrong.push(await compare(method, pattern, await world.ask(method, path, how)))
    }

    expect(wrong.filter((line) => line !== null)).toEqual([])
    // POST evidence answers by the very handler of PUT, and importer.sh is text.
    const asked = new Set([
      ...exchanges.map(([method, path]) => `${method} ${path}`),
      'PUT /v1/machines/{name}/evidence',
      'POST /v1/reports',
    ])
    const left = ENDPOINTS.map((endpoint) => endpoint.id).filter((one) => !asked.has(one))
    expect(left).toEqual(['GET /importer.sh', 'POST /v1/machines/{name}/evidence'])
  })
})

const Documented = z.looseObject({
  responses: z.record(
    z.string(),
    z.looseObject({ content: z.record(z.string(), z.looseObject({ schema: z.unknown() })).optional() }),
  ),
})

/** null when the answer fits the document; objects are closed for this, so that a field that is not documented is found. */
async function compare(method: string, pattern: string, response: Response): Promise<string | null> {
  const document = describeApi(ENDPOINTS) as {
    paths: Record<string, Record<string, unknown>>
    components: { schemas: Record<string, unknown> }
  }
  const operation = Documented.parse(document.paths[pattern]?.[method.toLowerCase()])
  const text = await response.text()
  const where = `${method} ${pattern} → ${response.status}`
  if (response.status >= 400 && operation.responses[response.status] === undefined) {
    const problem = fit(document.components.schemas.Problem, text)
    return problem === null ? null : `${where}: ${problem}`
  }
  const answer = operation.responses[response.status]
  if (answer === undefined) return `${where} is not documented: ${text}`
  if (answer.content === undefined) return text === '' ? null : `${where} has a body: ${text}`
  const trouble = fit(answer.content['application/json']?.schema, text)
  return trouble === null ? null : `${where}: ${trouble}`
}

function fit(schema: unknown, text: string): string | null {
  const parsed = z.fromJSONSchema(closed(schema) as Parameters<typeof z.fromJSONSchema>[0]).safeParse(JSON.parse(text))
  return parsed.success ? null : z.prettifyError(parsed.error)
}

/** Every object that says nothing of more properties takes none. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map((member) => closed(member))
  if (typeof schema !== 'object' || schema === null) return schema

  const members = Object.entries(schema).map(([key, value]) => [key, closed(value)])
  const isOpenObject = 'properties' in schema && !('additionalProperties' in schema)
  return { ...Object.fromEntries(members), ...(isOpenObject ? { additionalProperties: false } : {}) }
}
