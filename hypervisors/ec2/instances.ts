import {
  DescribeInstancesCommand,
  paginateDescribeInstances,
  StartInstancesCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2'
import type { Instance } from '@aws-sdk/client-ec2'
import { Fault } from '#shared/domain/fault.ts'
import type { Guest } from '#shared/ports/hypervisor.ts'
import { must, type Ask } from './ask.ts'
import { COPY_TAG, tagOf } from './tags.ts'

const INSTANCE = /^i-[0-9a-f]{8,17}$/
const MACHINE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/
const THERE = ['pending', 'running', 'stopping', 'stopped']

/** @throws Fault `hypervisor_refused` */
export function requireInstanceId(text: string): string {
  if (INSTANCE.test(text)) return text
  throw new Fault('hypervisor_refused', `${JSON.stringify(text.slice(0, 80))} is not the id of an instance.`)
}

/** By the tag `Name`, exactly. Copies of ours are no machines. @throws Fault `hypervisor_refused` for a name that several have */
export async function findInstance(ask: Ask, machine: string): Promise<Instance | null> {
  if (!MACHINE.test(machine)) return null

  const Filters = [
    { Name: 'tag:Name', Values: [machine] },
    { Name: 'instance-state-name', Values: THERE },
  ]
  const found = await ask(async (client) => {
    const all: Instance[] = []
    for await (const { Reservations = [] } of paginateDescribeInstances({ client }, { Filters }))
      all.push(...Reservations.flatMap(({ Instances = [] }) => Instances))
    return all
  })
  const own = (found ?? []).filter(({ Tags }) => tagOf(Tags, 'Name') === machine && tagOf(Tags, COPY_TAG) === null)
  if (own.length > 1) throw new Fault('hypervisor_refused', `${machine} is the name of ${own.length} instances.`)
  return own[0] ?? null
}

/** null: it is not there, or not any more. */
export async function describeInstance(ask: Ask, guest: string): Promise<Instance | null> {
  const answer = await ask((client, abortSignal) =>
    client.send(new DescribeInstancesCommand({ InstanceIds: [requireInstanceId(guest)] }), { abortSignal }),
  )
  const instance = answer?.Reservations?.[0]?.Instances?.[0]
  return instance !== undefined && THERE.includes(instance.State?.Name ?? '') ? instance : null
}

/** One that is still stopping runs. Memory that was saved to disk (hibernation) is not told from a stop. */
export function guestOf(instance: Instance, machine: string): Guest {
  const power = powerOf(instance)
  const cards = instance.NetworkInterfaces ?? []
  return {
    id: instance.InstanceId ?? '',
    name: machine,
    power,
    addresses: power === 'running' ? addressesOf(instance) : [],
    macs: cards.flatMap(({ MacAddress }) => (MacAddress === undefined ? [] : [MacAddress.toLowerCase()])),
    disks: (instance.BlockDeviceMappings ?? []).flatMap(({ Ebs }) =>
      Ebs?.VolumeId === undefined ? [] : [Ebs.VolumeId],
    ),
  }
}

export function powerOf({ State }: Instance): 'running' | 'off' {
  return State?.Name === 'stopped' ? 'off' : 'running'
}

/** Inside its network; public ones are other people's way to it. */
export function addressesOf({ NetworkInterfaces = [], PrivateIpAddress }: Instance): readonly string[] {
  const all = NetworkInterfaces.flatMap(({ PrivateIpAddresses = [], Ipv6Addresses = [] }) => [
    ...PrivateIpAddresses.map((one) => one.PrivateIpAddress),
    ...Ipv6Addresses.map((one) => one.Ipv6Address),
  ])
  return [...new Set([PrivateIpAddress, ...all].flatMap((one) => (one === undefined ? [] : [one])))]
}

export async function startInstance(ask: Ask, guest: string): Promise<void> {
  const instance = must(await describeInstance(ask, guest), 'instance')
  if (['running', 'pending'].includes(instance.State?.Name ?? '')) return
  must(
    await ask((client, abortSignal) =>
      client.send(new StartInstancesCommand({ InstanceIds: [guest] }), { abortSignal }),
    ),
    'instance',
  )
}

/** `Force` does not wait for the guest's own end. */
export async function stopInstance(ask: Ask, guest: string, Force: boolean): Promise<void> {
  const instance = must(await describeInstance(ask, guest), 'instance')
  const state = instance.State?.Name
  if (state === 'stopped' || (state === 'stopping' && !Force)) return
  must(
    await ask((client, abortSignal) =>
      client.send(new StopInstancesCommand({ InstanceIds: [guest], Force }), { abortSignal }),
    ),
    'instance',
  )
}
