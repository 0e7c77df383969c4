import { isIP } from 'node:net'
import { Fault } from '#shared/domain/fault.ts'
import { attribute } from '#shared/domain/report/xml-node.ts'
import type { NativeIds, ScanRequest } from '#shared/ports/scanner.ts'
import { element } from './gmp/markup.ts'
import type { GmpSession } from './gmp/session.ts'
import { askFor, findNamed, listTargets, listTasks, OURS } from './objects.ts'
import { type OpenvasPreset, WELL_KNOWN_IDS } from './preset.ts'

const MOST_ADDRESSES = 64

/** Only literals: gvmd takes names, ranges and whole networks too. @throws Fault `scanner_refused` */
export function checkAddresses(addresses: readonly string[]): void {
  const areGood = addresses.every((address) => isIP(address) !== 0 && !address.includes('%'))
  if (areGood && addresses.length > 0 && addresses.length <= MOST_ADDRESSES) return

  throw new Fault('scanner_refused', `A scan takes 1 to ${MOST_ADDRESSES} IP addresses and nothing else.`)
}

/**
 * Makes target and task, or adopts those of exactly this name: each is looked for first, for the call before may have died after gvmd made it.
 * `created` is told of each before the next is made.
 */
export async function createScan(
  session: GmpSession,
  preset: OpenvasPreset,
  { name, addresses }: ScanRequest,
  created: (ids: NativeIds) => Promise<void>,
): Promise<NativeIds> {
  const target = await adoptTarget(session, name, addresses)
  const task = (await listTasks(session, name)).find((one) => one.name === name)
  if (task !== undefined && task.targetId !== target) throw otherAddresses(name)

  const targetId = target ?? (await createTarget(session, preset, name, addresses))
  await created({ target: targetId })
  const taskId = task?.id ?? (await createTask(session, preset, name, targetId))
  await created({ task: taskId })
  return { target: targetId, task: taskId }
}

/** A name that is taken for other addresses is never scanned: what was found there would be told of this machine. */
async function adoptTarget(session: GmpSession, name: string, addresses: readonly string[]): Promise<string | null> {
  const target = (await listTargets(session, name)).find((one) => one.name === name)
  if (target === undefined) return null

  const there = new Set(target.hosts.split(/[\s,]+/).map(canonical))
  const wanted = new Set(addresses.map(canonical))
  if (there.size === wanted.size && [...wanted].every((address) => there.has(address))) return target.id
  throw otherAddresses(name)
}

function otherAddresses(name: string): Fault {
  return new Fault('scanner_refused', `The scanner has a scan named ${name.slice(0, 100)} already, of other addresses.`)
}

/** One way to write an IPv6 address. */
function canonical(address: string): string {
  return isIP(address) === 6 ? new URL(`http://[${address}]/`).hostname : address
}

async function createTarget(
  session: GmpSession,
  preset: OpenvasPreset,
  name: string,
  addresses: readonly string[],
): Promise<string> {
  const request = element(
    'create_target',
    {},
    element('name', {}, name),
    element('comment', {}, OURS),
    element('hosts', {}, addresses.join(',')),
    element('port_list', { id: await idOf(session, 'port_list', preset.portList) }),
    element('alive_tests', {}, preset.aliveTest),
  )
  return createdId(await askFor(session, request))
}

async function createTask(session: GmpSession, preset: OpenvasPreset, name: string, targetId: string): Promise<string> {
  const { maxChecks, maxHosts, addToAssets } = preset.preferences
  const preference = (key: string, value: string) =>
    element('preference', {}, element('scanner_name', {}, key), element('value', {}, value))
  const request = element(
    'create_task',
    {},
    element('name', {}, name),
    element('comment', {}, OURS),
    element('usage_type', {}, 'scan'),
    element('config', { id: await idOf(session, 'config', preset.scanConfig) }),
    element('target', { id: targetId }),
    element('scanner', { id: await idOf(session, 'scanner', preset.scanner) }),
    element('hosts_ordering', {}, preset.hostsOrdering),
    element(
      'preferences',
      {},
      preference('max_checks', String(maxChecks)),
      preference('max_hosts', String(maxHosts)),
      preference('in_assets', addToAssets ? 'yes' : 'no'),
    ),
  )
  return createdId(await askFor(session, request))
}

async function idOf(session: GmpSession, kind: 'config' | 'port_list' | 'scanner', wanted: string): Promise<string> {
  const node = await findNamed(session, kind, wanted, WELL_KNOWN_IDS.get(wanted))
  if (node !== null) return attribute(node, 'id')

  throw new Fault(
    'scanner_unreachable',
    `The scanner has no ${kind.replace('_', ' ')} "${wanted}" yet: its feed is not loaded.`,
  )
}

function createdId({ id }: { readonly id: string }): string {
  if (id !== '') return id
  throw new Fault('scanner_unreachable', 'The scanner made something and does not say which.')
}
