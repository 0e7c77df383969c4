import { Fault } from '#shared/domain/fault.ts'
import type { Guest } from '#shared/ports/hypervisor.ts'
import { requireUuid } from './names.ts'
import type { Virsh } from './virsh.ts'

/** Of a guest whose memory was saved to disk: it is saved again when it is suspended. */
const SAVED_URI = 'urn:lazaret:saved:1'

export type Power = Guest['power'] | 'absent'

/** `asleep`: the guest's own suspend-to-RAM. Its libvirt state is neither paused nor saved. */
export interface PowerState {
  readonly power: Power
  readonly isAsleep: boolean
}

/** @throws Fault `hypervisor_unreachable`, `hypervisor_refused` for a state that it does not know */
export async function readPower(virsh: Virsh, guest: string): Promise<PowerState> {
  const answer = await virsh.ask(['dominfo', '--domain', requireUuid(guest)])
  if (answer.status === 'absent') return { power: 'absent', isAsleep: false }
  if (answer.status === 'refused') {
    throw new Fault('hypervisor_refused', `libvirt does not say how a guest is: ${answer.message}`)
  }

  const state = /^State:\s+(.{1,40})$/m.exec(answer.text)?.[1]?.trim() ?? ''
  const isSaved = /^Managed save:\s+yes$/m.test(answer.text)
  return { power: powerOf(state, isSaved), isAsleep: state === 'pmsuspended' }
}

/** `virsh domstate`. A crashed guest that is kept for a look holds its disks: it is not off. */
function powerOf(state: string, isSaved: boolean): Guest['power'] {
  switch (state) {
    case 'running':
    case 'idle':
    case 'no state':
    case 'in shutdown':
      return 'running'
    case 'paused':
    case 'crashed':
      return 'paused'
    case 'pmsuspended':
      return 'suspended'
    case 'shut off':
      return isSaved ? 'suspended' : 'off'
    default:
      throw new Fault('hypervisor_refused', `libvirt knows a state of guests that is new here: ${state || 'none'}.`)
  }
}

/**
 * Brings a guest from one power to another, repeatably: one that is there already is left alone, and what refuses only because somebody
 * else was faster is no fault.
 */
export async function turn(
  virsh: Virsh,
  guest: string,
  how: readonly string[],
  reached: readonly Power[],
): Promise<void> {
  const before = await readPower(virsh, guest)
  if (before.power === 'absent') throw new Fault('hypervisor_refused', `libvirt knows no guest ${guest}.`)
  if (reached.includes(before.power)) return

  const answer = await virsh.ask([...how, '--domain', guest])
  if (answer.status === 'done' || reached.includes((await readPower(virsh, guest)).power)) return
  throw new Fault('hypervisor_refused', `libvirt refuses ${how[0]}: ${answer.message}`)
}

/** Goes on: one that is paused, asleep, or whose memory is on disk. */
export async function resumeGuest(virsh: Virsh, guest: string): Promise<void> {
  const { power, isAsleep } = await readPower(virsh, guest)
  if (power === 'suspended' && !isAsleep) {
    await virsh.run([
      'metadata',
      '--domain',
      guest,
      '--config',
      '--uri',
      SAVED_URI,
      '--key',
      'lazaret',
      '--set',
      '<saved/>',
    ])
    return turn(virsh, guest, ['start'], ['running'])
  }
  return turn(virsh, guest, [isAsleep ? 'dompmwakeup' : 'resume'], ['running'])
}

/** Pauses it; one whose memory was on disk goes back there. */
export async function suspendGuest(virsh: Virsh, guest: string): Promise<void> {
  const mark = await virsh.ask(['metadata', '--domain', requireUuid(guest), '--config', '--uri', SAVED_URI])
  if (mark.status !== 'done') return turn(virsh, guest, ['suspend'], ['paused', 'suspended', 'off'])

  await turn(virsh, guest, ['managedsave'], ['suspended', 'off'])
  await virsh.ask(['metadata', '--domain', guest, '--config', '--uri', SAVED_URI, '--remove'])
}
