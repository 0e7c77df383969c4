import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import { findPackage, PackageOnMachine } from '#shared/usecases/find-package.ts'
import { PackageRow, searchPackages } from '#shared/usecases/search-packages.ts'
import { ownerFilter } from '../authorize.ts'
import { decodeCursor, encodeCursor } from '../cursor.ts'
import { defineEndpoint, param } from '../endpoint.ts'
import { Flag, PageQuery } from '../query.ts'

export const PackageList = z.object({
  schema: z.literal('lazaret.packages/1'),
  items: z.array(PackageRow),
  cursor: z.string().nullable(),
  /** Machines looked at, and how many of them were never checked: of those no update is counted. */
  machines: z.number(),
  unchecked: z.number(),
})
export const PackageDetail = z.object({
  schema: z.literal('lazaret.package/1'),
  name: z.string(),
  /** `installed`, `offered` (a repository knows it, no machine has it), `unknown` (nobody knows the name). */
  knowledge: z.enum(['installed', 'offered', 'unknown']),
  machines: z.array(PackageOnMachine),
  cursor: z.string().nullable(),
  /** Repositories without a snapshot: `unknown` is certain only when there are none. */
  notLookedInto: z.array(z.string()),
})

const list = defineEndpoint({
  id: 'GET /v1/packages',
  summary: 'Package names over the fleet: how many machines have each, and how many have it outdated.',
  query: z.strictObject({
    ...PageQuery,
    /** Only names that contain this. */
    name: z.string().min(1).max(255).optional(),
    outdated: Flag.default(false),
  }),
  answers: { 200: PackageList },
  handle: async (call) => {
    const { query } = call
    const owner = ownerFilter(call)
    const of = JSON.stringify(['packages', owner, query.name ?? '', query.outdated])
    const found = await searchPackages(call.station, {
      owner,
      contains: query.name ?? '',
      outdatedOnly: query.outdated,
      limit: query.limit,
      after: decodeCursor(of, query.cursor),
    })
    const { after, ...rest } = found
    return { status: 200, json: { schema: 'lazaret.packages/1', ...rest, cursor: encodeCursor(of, after) } }
  },
})

const show = defineEndpoint({
  id: 'GET /v1/packages/{name}',
  summary: 'Which machines have a package, and what their last check says of it.',
  query: z.strictObject(PageQuery),
  answers: { 200: PackageDetail },
  handle: async (call) => {
    const owner = ownerFilter(call)
    const name = param(call, 'name')
    if (name.length > 255) throw new Fault('request_invalid', 'No package has a name that long.')
    const of = JSON.stringify(['package', owner, name])
    const after = decodeCursor(of, call.query.cursor)
    const { after: next, ...found } = await findPackage(call.station, { owner, name, limit: call.query.limit, after })
    return { status: 200, json: { schema: 'lazaret.package/1', name, ...found, cursor: encodeCursor(of, next) } }
  },
})

export const PACKAGE_ENDPOINTS = [list, show]
