import {
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  EC2Client,
  RunInstancesCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2'
import { Ec2Config } from '#hypervisors/ec2/config.ts'
import { openEc2Hypervisor } from '#hypervisors/ec2/open-ec2-hypervisor.ts'
import type { Hypervisor } from '#shared/ports/hypervisor.ts'
import { withSnapshotTags } from './snapshot-tags.ts'

export interface Ec2World {
  readonly client: EC2Client
  readonly vpc: string
  readonly scannerGroup: string
  /** Of the machine `web-01`, which is stopped. */
  readonly instance: string
  open(): Hypervisor
  /** Images and snapshots of this account: what copies must not leave. */
  count(): Promise<{ images: number; snapshots: number }>
}

/** A region of moto's with a network, a group for scanners and a machine that is stopped. Each test file gets a region of its own. */
export async function openEc2World(endpoint: string, region: string): Promise<Ec2World> {
  const access = { endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }
  const client = new EC2Client({ ...access, region })
  const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: '10.77.0.0/16' }))
  const vpc = Vpc?.VpcId ?? ''
  const { Subnet } = await client.send(new CreateSubnetCommand({ VpcId: vpc, CidrBlock: '10.77.1.0/24' }))
  const scanners = { GroupName: 'scanners', Description: 'scanners', VpcId: vpc }
  const scannerGroup = (await client.send(new CreateSecurityGroupCommand(scanners))).GroupId ?? ''
  const { Images = [] } = await client.send(new DescribeImagesCommand({ MaxResults: 5 }))
  const made = await client.send(
    new RunInstancesCommand({
      ImageId: Images[0]?.ImageId,
      InstanceType: 't3.small',
      MinCount: 1,
      MaxCount: 1,
      SubnetId: Subnet?.SubnetId,
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'web-01' }] }],
    }),
  )
  const instance = made.Instances?.[0]?.InstanceId ?? ''
  await client.send(new StopInstancesCommand({ InstanceIds: [instance] }))
  const config = Ec2Config.parse({
    kind: 'ec2',
    id: 'cloud',
    region,
    subnet: Subnet?.SubnetId,
    scannerGroup,
    pollSeconds: 0.1,
  })
  return {
    client,
    vpc,
    scannerGroup,
    instance,
    open: () => openEc2Hypervisor(config, withSnapshotTags(new EC2Client({ ...access, region }))),
    count: async () => {
      const own = {
        images: new DescribeImagesCommand({ Owners: ['self'] }),
        snapshots: new DescribeSnapshotsCommand({ OwnerIds: ['self'] }),
      }
      const images = (await client.send(own.images)).Images ?? []
      const snapshots = (await client.send(own.snapshots)).Snapshots ?? []
      return {
        images: images.length,
        snapshots: snapshots.filter(({ Description }) => !/Auto-created/.test(Description ?? '')).length,
      }
    },
  }
}
