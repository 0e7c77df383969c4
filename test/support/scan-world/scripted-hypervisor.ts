import { Fault } from '#shared/domain/fault.ts'
import type { Guest, Hypervisor } from '#shared/ports/hypervisor.ts'

export interface GuestScript {
  readonly name: string
  readonly power: Guest['power']
  readonly address: string | null
  /** From its start to its address. */
  readonly bootSeconds?: number
  /** It does not heed a shut-down. */
  readonly ignoresShutDown?: boolean
}

/** A hypervisor that does what a script says, in simulated time. */
export interface ScriptedHypervisor extends Hypervisor {
  /** The power of each guest now. */
  powers(): Record<string, Guest['power']>
  /** Names of copies that are there. */
  copies(): readonly string[]
}

export function openScriptedHypervisor(
  id: string,
  script: { guests: readonly GuestScript[]; fails?: (call: string) => 'unreachable' | 'refused' | null },
  nowMs: () => number,
): ScriptedHypervisor {
  const guests = script.guests.map((guest) => ({ ...guest, now: guest.power, upMs: 0 }))
  const copies = new Map<string, { name: string; address: string | null; upMs: number; bootSeconds: number }>()
  let made = 0
  const meet = (call: string) => {
    const how = script.fails?.(call) ?? null
    if (how === 'unreachable') throw new Fault('hypervisor_unreachable', `${id} does not answer to ${call}.`)
    if (how === 'refused') throw new Fault('hypervisor_refused', `${id} refuses to ${call}.`)
  }
  const get = (guest: string) => {
    const found = guests.find((one) => `uuid-${one.name}` === guest)
    if (found === undefined) throw new Fault('hypervisor_refused', `${id} knows no ${guest}.`)
    return found
  }
  const turn = async (call: string, guest: string, power: Guest['power']) => {
    meet(call)
    const one = get(guest)
    if (one.now !== 'running' && power === 'running') one.upMs = nowMs()
    one.now = power
  }
  const isUp = (up: { upMs: number; bootSeconds?: number }) => nowMs() - up.upMs >= (up.bootSeconds ?? 0) * 1000

  return {
    id,
    kind: 'libvirt',
    powers: () => Object.fromEntries(guests.map((guest) => [guest.name, guest.now])),
    copies: () => [...copies.values()].map((copy) => copy.name),
    find: async (machine) => {
      meet('find')
      const guest = guests.find((one) => one.name === machine)
      if (guest === undefined) return null
      const addresses = guest.now === 'running' && guest.address !== null && isUp(guest) ? [guest.address] : []
      return { id: `uuid-${guest.name}`, name: machine, power: guest.now, addresses, macs: [], disks: ['vda'] }
    },
    start: (guest) => turn('start', guest, 'running'),
    stop: (guest) => turn('stop', guest, 'off'),
    suspend: (guest) => turn('suspend', guest, 'paused'),
    resume: (guest) => turn('resume', guest, 'running'),
    shutDown: async (guest) => {
      meet('shutDown')
      if (get(guest).ignoresShutDown !== true) get(guest).now = 'off'
    },
    migrate: async () => {
      throw new Fault('hypervisor_refused', 'It cannot.')
    },
    quarantine: async (guest, name, tell) => {
      meet('quarantine')
      const same = [...copies].find(([, copy]) => copy.name === name)?.[0]
      const own = guests.find((one) => one.name === guest.name)
      made += 1
      const copy = same ?? `copy-${made}`
      if (same === undefined) {
        copies.set(copy, { name, address: own?.address ?? null, upMs: nowMs(), bootSeconds: own?.bootSeconds ?? 0 })
      }
      await tell({ disk: copy })
      meet('quarantine-second-half')
      await tell({ guest: copy })
      return { disk: copy, guest: copy }
    },
    listAddresses: async (guest) => {
      meet('listAddresses')
      const copy = copies.get(guest)
      if (copy !== undefined) return copy.address !== null && isUp(copy) ? [copy.address] : []
      const one = get(guest)
      return one.now === 'running' && one.address !== null && isUp(one) ? [one.address, '127.0.0.1'] : []
    },
    release: async (things) => {
      meet('release')
      for (const thing of Object.values(things)) copies.delete(thing)
    },
    listLeftovers: async (prefix) => {
      meet('listLeftovers')
      return [...copies]
        .filter(([, copy]) => copy.name.startsWith(prefix))
        .map(([key, copy]) => ({ name: copy.name, things: { disk: key } }))
    },
  }
}
