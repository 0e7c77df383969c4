import {
  DeleteSecurityGroupCommand,
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  paginateDescribeTags,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import type { Tag, TagDescription } from '@aws-sdk/client-ec2'
import { Fault } from '#shared/domain/fault.ts'
import type { QuarantineIds } from '#shared/ports/hypervisor.ts'
import { waitUntil, type Ask } from './ask.ts'
import { requireInstanceId } from './instances.ts'
import { describeGroup } from './isolation.ts'
import { COPY_TAG, isOurs, tagOf } from './tags.ts'

const ROLES: Readonly<Record<string, string>> = {
  instance: 'guest',
  image: 'image',
  snapshot: 'snapshot',
  volume: 'volume',
  'security-group': 'securityGroup',
}

export interface Patience {
  readonly seconds: number
  readonly everyMs: number
}

/** All that has our tag, by copy. Tags are listed for a while after the end of what had them: those do not count. */
export async function listCopies(
  ask: Ask,
  prefix: string,
): Promise<readonly { readonly name: string; readonly things: QuarantineIds }[]> {
  const Filters = [{ Name: 'key', Values: [COPY_TAG] }]
  const tags = await ask(async (client) => {
    const all: TagDescription[] = []
    for await (const { Tags = [] } of paginateDescribeTags({ client }, { Filters })) all.push(...Tags)
    return all
  })
  const copies = new Map<string, Record<string, string>>()
  for (const { Key, Value: name = '', ResourceId, ResourceType = '' } of tags ?? []) {
    const role = ROLES[ResourceType]
    const isCopy = Key === COPY_TAG && isOurs(name) && name.startsWith(prefix)
    if (!isCopy || role === undefined || ResourceId === undefined) continue
    if ((await findTags(ask, role, ResourceId)) === null) continue

    const things = copies.get(name) ?? {}
    const others = Object.keys(things).filter((other) => roleOf(other) === role).length
    copies.set(name, { ...things, [others === 0 ? role : `${role}${others + 1}`]: ResourceId })
  }
  return [...copies].map(([name, things]) => ({ name, things }))
}

/** In the order in which AWS lets them go. What is not there is skipped. @throws Fault `hypervisor_refused` for what is not ours */
export async function removeCopy(ask: Ask, things: QuarantineIds, patience: Patience): Promise<void> {
  const snapshots: string[] = []
  for (const role of ['guest', 'image', 'snapshot', 'volume', 'securityGroup']) {
    for (const [key, id] of Object.entries(things)) {
      if (roleOf(key) !== role) continue
      const tags = await findTags(ask, role, id)
      if (tags === null) continue
      if (!isOurs(tagOf(tags, COPY_TAG) ?? ''))
        throw new Fault(
          'hypervisor_refused',
          `${JSON.stringify(id.slice(0, 80))} is not part of a copy: it is left alone.`,
        )

      if (role === 'image') snapshots.push(...(await snapshotsOf(ask, id)))
      await remove(ask, { role, id, patience })
    }
    if (role === 'snapshot') for (const id of snapshots) await remove(ask, { role, id, patience })
  }
}

function roleOf(key: string): string {
  return key.replace(/\d{1,3}$/, '')
}

/** Snapshots that an image of ours consists of. */
async function snapshotsOf(ask: Ask, image: string): Promise<readonly string[]> {
  const answer = await ask((client, abortSignal) =>
    client.send(new DescribeImagesCommand({ ImageIds: [image] }), { abortSignal }),
  )
  const parts = answer?.Images?.[0]?.BlockDeviceMappings ?? []
  return parts.flatMap(({ Ebs }) => (Ebs?.SnapshotId === undefined ? [] : [Ebs.SnapshotId]))
}

/** null: there is no such thing (any more). */
async function findTags(ask: Ask, role: string, id: string): Promise<readonly Tag[] | null> {
  switch (role) {
    case 'guest': {
      const InstanceIds = [requireInstanceId(id)]
      const seen = await ask((client, abortSignal) =>
        client.send(new DescribeInstancesCommand({ InstanceIds }), { abortSignal }),
      )
      const instance = seen?.Reservations?.[0]?.Instances?.[0]
      return instance === undefined || instance.State?.Name === 'terminated' ? null : (instance.Tags ?? [])
    }
    case 'image': {
      const seen = await ask((client, abortSignal) =>
        client.send(new DescribeImagesCommand({ ImageIds: [id] }), { abortSignal }),
      )
      const image = seen?.Images?.[0]
      return image === undefined ? null : (image.Tags ?? [])
    }
    case 'snapshot': {
      const seen = await ask((client, abortSignal) =>
        client.send(new DescribeSnapshotsCommand({ SnapshotIds: [id] }), { abortSignal }),
      )
      const snapshot = seen?.Snapshots?.[0]
      return snapshot === undefined ? null : (snapshot.Tags ?? [])
    }
    case 'volume': {
      const seen = await ask((client, abortSignal) =>
        client.send(new DescribeVolumesCommand({ VolumeIds: [id] }), { abortSignal }),
      )
      const volume = seen?.Volumes?.[0]
      return volume === undefined ? null : (volume.Tags ?? [])
    }
    default: {
      const group = await describeGroup(ask, id)
      return group === null ? null : (group.Tags ?? [])
    }
  }
}

async function remove(
  ask: Ask,
  { role, id, patience }: { role: string; id: string; patience: Patience },
): Promise<void> {
  switch (role) {
    case 'guest':
      await ask((client, abortSignal) =>
        client.send(new TerminateInstancesCommand({ InstanceIds: [id] }), { abortSignal }),
      )
      // Its network card holds the security group until it has ended.
      await waitUntil(async () => (await findTags(ask, 'guest', id)) === null, {
        ...patience,
        what: 'The end of a copy',
      })
      return
    case 'image':
      await ask((client, abortSignal) => client.send(new DeregisterImageCommand({ ImageId: id }), { abortSignal }))
      return
    case 'snapshot':
      await ask((client, abortSignal) => client.send(new DeleteSnapshotCommand({ SnapshotId: id }), { abortSignal }))
      return
    case 'volume':
      await ask((client, abortSignal) => client.send(new DeleteVolumeCommand({ VolumeId: id }), { abortSignal }))
      return
    default:
      await ask((client, abortSignal) => client.send(new DeleteSecurityGroupCommand({ GroupId: id }), { abortSignal }))
  }
}
