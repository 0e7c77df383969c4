import { afterEach, expect, it } from 'vitest'
import { z } from 'zod'
import { readAhead } from '#shared/usecases/known-evidence.ts'
import { findMachine, objectKeys } from '#shared/usecases/records.ts'
import { sha256 } from '#shared/domain/canonical-json.ts'
import { stationWorld } from '#test/support/station-world.ts'
import type { Registering, StationWorld } from '#test/support/station-world.ts'

let opened: StationWorld | undefined
afterEach(async () => {
  await opened?.close()
  opened = undefined
})

const Answer = z.object({ changed: z.boolean(), packages: z.number() })

async function setup() {
  const world = (opened = await stationWorld())
  await world.publish(['hello 2.0'])
  const register = async (name: string, how: Registering = {}) =>
    Answer.parse(await (await world.register(name, how)).json())
  const machine = async (name: string) => (await findMachine(world.station.table, name))!.value
  await register('one')
  await world.workAll()
  return { world, register, machine }
}

it('moves on only the age of evidence that was understood and checked before', async () => {
  const { world, register, machine } = await setup()
  const before = await machine('one')

  world.pass(60)
  expect(await register('one')).toEqual({ changed: false, packages: 1 })
  const after = await machine('one')
  expect(after).toEqual({ ...before, evidenceAt: after.evidenceAt })
  expect(Date.parse(after.evidenceAt) - Date.parse(before.evidenceAt)).toBeGreaterThanOrEqual(60_000)
})

it('puts back what has gone of the evidence when it comes again', async () => {
  const { world, register, machine } = await setup()
  const { inventory, evidenceKeys } = await machine('one')
  const keys = [objectKeys.inventory(inventory), ...evidenceKeys]
  for (const key of keys) {
    await world.station.objects.delete(key)
    await register('one')
    expect(await world.station.objects.has(key)).toBe(true)
  }
})

it('keeps an archive of its own for each of two machines that send the same bytes', async () => {
  const { world, register, machine } = await setup()
  await register('two')
  await world.workAll()
  expect(await register('two')).toEqual({ changed: false, packages: 1 })

  const [one, two] = [await machine('one'), await machine('two')]
  expect(two.evidenceSha256).toBe(one.evidenceSha256)
  expect(two.evidenceKeys).toEqual([objectKeys.evidence('two', two.evidenceSha256)])
})

it('takes other evidence for what it is', async () => {
  const { register, machine } = await setup()
  const { subject } = await machine('one')

  expect(await register('one', { packages: ['hello 1.1'] })).toEqual({ changed: true, packages: 1 })
  expect((await machine('one')).subject).not.toBe(subject)
})

it('does not tell a stranger whether the evidence is known', async () => {
  const { world } = await setup()
  const token = await world.token('owner', { owner: 'mallory' })

  expect((await world.register('one', { token })).status).toBe(403)
})

it('gives everything again from the beginning, whatever was read ahead', async () => {
  const chunks = ['ab', 'cd', 'ef'].map((text) => Buffer.from(text))
  const read = async (sizeBytes: number) => {
    const { sha256: found, again } = await readAhead(source(chunks), sizeBytes)
    const pieces: Uint8Array[] = []
    for await (const piece of again) pieces.push(piece)
    return { found, text: Buffer.concat(pieces).toString() }
  }
  expect(await read(6)).toEqual({ found: sha256('abcdef'), text: 'abcdef' })
  for (const other of [0, 1, 5, 7]) expect(await read(other)).toEqual({ found: null, text: 'abcdef' })
})

async function* source(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}
