import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { DATABASE_FILE } from '#adapters/embedded/data-folder.ts'
import { canonicalJson, sha256 } from '#shared/domain/canonical-json.ts'
import type { StationWorld } from './station-world.ts'

const Row = z.record(z.string(), z.string())

/**
 * Everything that a station keeps, one line each: items, jobs, dead letters, objects with the hash of their content. Times, versions and
 * random names are left out, so that two stations with the same history are equal.
 */
export async function dumpStation(world: StationWorld): Promise<string[]> {
  using database = new DatabaseSync(join(world.folder, DATABASE_FILE), { readOnly: true })
  const rows = (sql: string) =>
    database
      .prepare(sql)
      .all()
      .map((row) => {
        const [name, json = ''] = Object.values(Row.parse(row))
        return `${name} ${canonicalJson(JSON.parse(json))}`
      })
  const lines = [
    ...rows("SELECT partition || ' ' || sort, value FROM items WHERE partition <> 'token'"),
    ...rows("SELECT partition, value FROM items WHERE partition = 'token'"),
    ...rows("SELECT 'job ' || lane, body FROM jobs"),
    ...rows("SELECT 'dead letter ' || lane || reason, body FROM dead_letters"),
  ]
  for await (const key of world.station.objects.list('')) {
    lines.push(`object ${key} ${sha256((await world.station.objects.get(key))?.body ?? '')}`)
  }
  return lines.map(withoutChance).toSorted()
}

const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g
const RANDOM = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|"id":"[0-9a-f]{16}"/g

/** Without times and random names. */
export function withoutChance(text: string): string {
  return text.replace(TIME, 'TIME').replace(RANDOM, 'RANDOM')
}
