import {
  CreateImageCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2'
import { Fault } from '#shared/domain/fault.ts'
import type { Guest, QuarantineIds } from '#shared/ports/hypervisor.ts'
import { must, waitUntil, type Ask } from './ask.ts'
import { describeInstance, powerOf } from './instances.ts'
import { makeIsolation } from './isolation.ts'
import { clientToken, COPY_TAG, requireOurName, tagOf, tagsFor, type InstanceType } from './tags.ts'

export interface CopyOptions {
  /** Where copies run: a subnet without a way to the internet. */
  readonly subnet: string
  /** The security group of the scanners: the only one that reaches copies. */
  readonly scannerGroup: string
  /** For the image of a machine's disks. */
  readonly imageWaitSeconds: number
  /** After so many seconds whoever finds a copy may remove it. */
  readonly expireSeconds: number
  readonly pollMs: number
}

const KNOWN_SECONDS = 60

/**
 * Security group, then image, then an instance of it: without a role, a public address or the metadata service, gone when it shuts down.
 * Each is looked up by its tag before it is made.
 * @throws Fault `hypervisor_refused`, `hypervisor_unreachable`
 */
export async function makeCopy(
  ask: Ask,
  options: CopyOptions,
  of: { guest: Guest; name: string; made: (things: QuarantineIds) => Promise<void> },
): Promise<QuarantineIds> {
  const { guest, name } = of
  requireOurName(name)
  const original = must(await describeInstance(ask, guest.id), 'instance')
  if (powerOf(original) !== 'off')
    throw new Fault('hypervisor_refused', `${guest.name} is not stopped: it is not copied.`)

  let ids: QuarantineIds = {}
  const tell = async (role: string, id: string) => {
    ids = { ...ids, [role]: id }
    await of.made(ids)
  }
  const expires = new Date(Date.now() + options.expireSeconds * 1000)
  const { subnet, scannerGroup, pollMs } = options
  const isolated = { name, subnet, scannerGroup, expires, pollMs }
  const group = await makeIsolation(ask, isolated, (id) => tell('securityGroup', id))

  const image = (await findImage(ask, name)) ?? (await createImage(ask, guest.id, { name, expires }))
  await tell('image', image)
  await waitForImage(ask, image, options)

  const copy =
    (await findCopy(ask, name)) ??
    (await run(ask, { image, group, name, expires, subnet: options.subnet, type: original.InstanceType }))
  await tell('guest', copy)
  // EC2 may not know for some seconds what it has just made.
  const isKnown = async () => (await describeInstance(ask, copy)) !== null
  await waitUntil(isKnown, { seconds: KNOWN_SECONDS, everyMs: options.pollMs, what: 'A new instance' })
  return ids
}

async function findImage(ask: Ask, name: string): Promise<string | null> {
  const Filters = [{ Name: `tag:${COPY_TAG}`, Values: [name] }]
  const answer = await ask((client, abortSignal) =>
    client.send(new DescribeImagesCommand({ Owners: ['self'], Filters }), { abortSignal }),
  )
  return answer?.Images?.find(({ Tags }) => tagOf(Tags, COPY_TAG) === name)?.ImageId ?? null
}

async function createImage(ask: Ask, InstanceId: string, of: { name: string; expires: Date }): Promise<string> {
  const answer = await ask((client, abortSignal) =>
    client.send(
      new CreateImageCommand({
        InstanceId,
        Name: of.name,
        NoReboot: true,
        TagSpecifications: tagsFor(of.name, of.expires, ['image', 'snapshot']),
      }),
      { abortSignal },
    ),
  )
  return must(answer?.ImageId, 'instance')
}

async function waitForImage(ask: Ask, image: string, options: CopyOptions): Promise<void> {
  const look = async () => {
    const answer = await ask((client, abortSignal) =>
      client.send(new DescribeImagesCommand({ ImageIds: [image] }), { abortSignal }),
    )
    const state = answer?.Images?.[0]?.State
    if (state === 'failed' || state === 'error' || state === 'invalid')
      throw new Fault('hypervisor_refused', 'EC2 could make no image of the machine.')
    return state === 'available'
  }
  await waitUntil(look, { seconds: options.imageWaitSeconds, everyMs: options.pollMs, what: 'The image of a machine' })
}

async function findCopy(ask: Ask, name: string): Promise<string | null> {
  const Filters = [
    { Name: `tag:${COPY_TAG}`, Values: [name] },
    { Name: 'instance-state-name', Values: ['pending', 'running'] },
  ]
  const answer = await ask((client, abortSignal) =>
    client.send(new DescribeInstancesCommand({ Filters }), { abortSignal }),
  )
  const all = answer?.Reservations?.flatMap(({ Instances = [] }) => Instances) ?? []
  return all.find(({ Tags }) => tagOf(Tags, COPY_TAG) === name)?.InstanceId ?? null
}

async function run(
  ask: Ask,
  of: { image: string; group: string; name: string; expires: Date; subnet: string; type: InstanceType | undefined },
): Promise<string> {
  const answer = await ask((client, abortSignal) =>
    client.send(
      new RunInstancesCommand({
        ImageId: of.image,
        MinCount: 1,
        MaxCount: 1,
        ClientToken: clientToken(of.name),
        ...(of.type !== undefined && { InstanceType: of.type }),
        NetworkInterfaces: [
          {
            DeviceIndex: 0,
            SubnetId: of.subnet,
            Groups: [of.group],
            AssociatePublicIpAddress: false,
            DeleteOnTermination: true,
          },
        ],
        MetadataOptions: { HttpEndpoint: 'disabled' },
        InstanceInitiatedShutdownBehavior: 'terminate',
        TagSpecifications: tagsFor(of.name, of.expires, ['instance', 'volume', 'network-interface']),
      }),
      { abortSignal },
    ),
  )
  return must(answer?.Instances?.[0]?.InstanceId, 'image')
}
