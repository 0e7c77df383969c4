import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { statusOf } from './machines.ts'
import type { World } from './world.ts'

/** What a process needs to make inventories of a fleet: each member of the pool as dpkg would note it, and what it needs. */
const FleetFile = z.object({ members: z.array(z.string()), needs: z.array(z.array(z.number())) })

export function writeFleetFile(file: string, world: World): void {
  const { members, needs } = world.pool
  writeFileSync(file, JSON.stringify({ members: members.map(statusOf), needs }))
}

export function readFleetFile(file: string): z.infer<typeof FleetFile> {
  return FleetFile.parse(JSON.parse(readFileSync(file, 'utf8')))
}
