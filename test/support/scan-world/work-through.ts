import type { StationWorld } from '#test/support/station-world.ts'

/** Works and lets time pass until the scan has ended and its machines are back. @throws Error after two simulated days */
export async function workThrough(world: StationWorld, scan: string): Promise<void> {
  for (let passed = 0; passed < 2 * 86_400; passed += 10) {
    await world.workAll()
    const open = await world.station.table.get({ partition: 'open-scan', sort: scan })
    if (open === null) return
    world.pass(10)
  }
  throw new Error(`the scan ${scan} does not end`)
}
