import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isFault } from '#shared/domain/fault.ts'
import type { Guest, Hypervisor, QuarantineIds } from '#shared/ports/hypervisor.ts'

/** A hypervisor and what stands behind it, for tests. */
export interface HypervisorUnderTest {
  readonly hypervisor: Hypervisor
  /** A machine that it knows. */
  readonly machine: string
  /** Opens it anew, as a station that was started again does. */
  reopen(): Hypervisor
  close(): Promise<void>
}

/** What it can do, apart from finding. */
export interface HypervisorTraits {
  /** It starts and stops machines, and `machine` is switched off. */
  readonly changesPower: boolean
  /** It pauses machines. */
  readonly pauses: boolean
  /** It makes copies of a machine that is switched off. */
  readonly copies: boolean
}

interface Worlds {
  readonly find: () => Promise<Guest>
  /** Waits for a power: some hypervisors answer before it is done. The power in the end. */
  readonly reach: (power: Guest['power']) => Promise<Guest['power']>
  readonly hypervisor: () => Hypervisor
  readonly reopen: () => Hypervisor
}

const PREFIX = 'lazaret-c0ffee-'
const COPY = `${PREFIX}0000000abcdef-12345678-web-01`
const PATIENCE_MS = 60_000
/** The first time, what stands behind it is fetched. */
const OPENING_MS = 300_000
const HOSTILE = ['--all', '', '-1', '../x', 'a b', '$(id)', "'", '00000000', '\u0000', 'x'.repeat(5000), '__proto__']

/** What every hypervisor does, whatever it is. */
export function hypervisorContract(
  name: string,
  traits: HypervisorTraits,
  open: () => Promise<HypervisorUnderTest>,
): void {
  describe(`Hypervisor contract, ${name}`, () => {
    let world: HypervisorUnderTest
    let hypervisor: Hypervisor

    beforeAll(async () => {
      world = await open()
      hypervisor = world.hypervisor
    }, OPENING_MS)
    afterAll(() => world?.close())

    const find = async (): Promise<Guest> => {
      const guest = await hypervisor.find(world.machine)
      if (guest === null) throw new Error(`no ${world.machine}`)
      return guest
    }
    const reach = async (power: Guest['power']): Promise<Guest['power']> => {
      const until = Date.now() + PATIENCE_MS
      for (;;) {
        const seen = (await find()).power
        if (seen === power || Date.now() > until) return seen
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
    }

    it('finds a machine by its name, as the same guest each time, also after a start of the station', async () => {
      const guest = await find()

      expect(guest).toMatchObject({ name: world.machine, power: traits.changesPower ? 'off' : 'running' })
      expect(guest.id).not.toBe(world.machine)
      expect(await world.reopen().find(world.machine)).toEqual(guest)
    })

    it('knows no machine of another name', async () => {
      const names = [`${world.machine}x`, world.machine.slice(0, -1), (await find()).id, ...HOSTILE]
      for (const other of names) expect({ other, found: await hypervisor.find(other) }).toEqual({ other, found: null })
    })

    it('does nothing to a guest that it does not know', async () => {
      for (const id of [world.machine, ...HOSTILE]) {
        for (const how of ['start', 'stop', 'shutDown', 'suspend', 'resume', 'listAddresses'] as const)
          expect({ id, how, fault: await fault(() => hypervisor[how](id)) }).toMatchObject({
            fault: 'hypervisor_refused',
          })
      }
      expect((await find()).power).toBe(traits.changesPower ? 'off' : 'running')
    })

    it('takes the release of nothing for done, and knows no leftovers of others', async () => {
      await hypervisor.release({})

      expect(await hypervisor.listLeftovers('lazaret-other-')).toEqual([])
      expect(await hypervisor.listLeftovers(PREFIX)).toEqual([])
    })

    const access: Worlds = {
      find,
      reach,
      hypervisor: () => hypervisor,
      reopen: () => world.reopen(),
    }
    const power = traits.changesPower ? describePower : describeFixedPower
    power(access)
    if (traits.pauses) describePauses(access)
    const copies = traits.copies ? describeCopies : describeNoCopies
    copies(access)

    it('refuses a copy whose name is not one of ours, and removes nothing that is not a copy', async () => {
      const guest = await find()
      for (const other of [
        world.machine,
        '--pool',
        'lazaret-',
        'lazaret-a b',
        'lazaret-../x',
        `lazaret-${'x'.repeat(500)}`,
      ])
        expect({ other, fault: await fault(() => hypervisor.quarantine(guest, other, async () => {})) }).toEqual({
          other,
          fault: 'hypervisor_refused',
        })
      await fault(() => hypervisor.release({ guest: guest.id, disk: guest.disks[0] ?? 'x' }))
      expect(await find()).toEqual(guest)
    })
  })
}

function describePower({ find, reach, hypervisor }: Worlds): void {
  it('starts and stops a machine, as often as one likes', async () => {
    const { id } = await find()
    await hypervisor().start(id)
    expect(await reach('running')).toBe('running')
    await hypervisor().start(id)
    await hypervisor().stop(id)
    await hypervisor().stop(id)
    expect(await reach('off')).toBe('off')
    await hypervisor().shutDown(id)
    expect(await reach('off')).toBe('off')
  })
}

function describeFixedPower({ find, hypervisor }: Worlds): void {
  it('refuses to start and to stop what somebody else does', async () => {
    const { id } = await find()
    const codes = await Promise.all([fault(() => hypervisor().start(id)), fault(() => hypervisor().stop(id))])
    expect(codes).toEqual(['hypervisor_refused', 'hypervisor_refused'])
  })
}

function describePauses({ find, reach, hypervisor }: Worlds): void {
  it('pauses a machine, and lets it go on, as often as one likes', async () => {
    const { id } = await find()
    await hypervisor().start(id)
    await reach('running')
    const seen: string[] = []
    for (const how of ['suspend', 'suspend', 'resume', 'resume'] as const) {
      await hypervisor()[how](id)
      seen.push(await reach(how === 'suspend' ? 'paused' : 'running'))
    }
    await hypervisor().stop(id)
    expect(seen).toEqual(['paused', 'paused', 'running', 'running'])
    expect(await reach('off')).toBe('off')
  })
}

function describeCopies({ find, hypervisor, reopen }: Worlds): void {
  it('makes a copy once, tells each thing that it makes, and removes them all', async () => {
    const guest = await find()
    const told: QuarantineIds[] = []
    const things = await hypervisor().quarantine(guest, COPY, async (ids) => void told.push(ids))

    expect(Object.assign({}, ...told)).toEqual(things)
    expect(told.length).toBeGreaterThanOrEqual(3)
    expect(await reopen().quarantine(guest, COPY, async () => {})).toEqual(things)
    const left = await hypervisor().listLeftovers(PREFIX)
    const same = expect.objectContaining({ guest: things['guest'] }) as QuarantineIds
    expect(left).toEqual([{ name: COPY, things: same }])
    expect(await hypervisor().find(guest.name)).toEqual(guest)

    await hypervisor().release(left[0]?.things ?? {})
    await hypervisor().release(things)
    expect(await hypervisor().listLeftovers(PREFIX)).toEqual([])
    expect(await find()).toEqual(guest)
  })

  it('lists for removal what a death of the station at any step has left', async () => {
    const guest = await find()
    for (let last = 1, died = true; died; last += 1) {
      let step = 0
      const dies = async () => {
        step += 1
        if (step === last) throw new Error('died')
      }
      died = await hypervisor()
        .quarantine(guest, COPY, dies)
        .then(
          () => false,
          () => true,
        )
      for (const { things } of await hypervisor().listLeftovers(PREFIX)) await hypervisor().release(things)
      expect({ last, left: await hypervisor().listLeftovers(PREFIX) }).toEqual({ last, left: [] })
    }
  })
}

function describeNoCopies({ find, hypervisor }: Worlds): void {
  it('refuses to make copies', async () => {
    const guest = await find()
    const told: QuarantineIds[] = []

    expect(await fault(() => hypervisor().quarantine(guest, COPY, async (ids) => void told.push(ids)))).toBe(
      'hypervisor_refused',
    )
    expect(told).toEqual([])
  })
}

async function fault(work: () => Promise<unknown>): Promise<string> {
  try {
    await work()
    return 'none'
  } catch (error) {
    if (isFault(error)) return error.code
    throw error
  }
}
