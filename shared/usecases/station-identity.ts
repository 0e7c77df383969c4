import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { isConflict } from './conflict.ts'
import type { Station } from './needs.ts'
import { parseItem } from './records.ts'

const KEY = { partition: 'station', sort: 'identity' }
const Identity = z.object({ id: z.string() })

/** Six hexadecimal digits that tell what is ours on a scanner that several stations share. Made once, kept in the table. */
export async function stationIdentity(station: Pick<Station, 'table'>): Promise<string> {
  const found = parseItem(Identity, await station.table.get(KEY))
  if (found !== null) return found.value.id

  const id = randomBytes(3).toString('hex')
  try {
    await station.table.put({ ...KEY, value: { id }, expect: 'absent' })
    return id
  } catch (error) {
    if (!isConflict(error)) throw error
    return stationIdentity(station)
  }
}
