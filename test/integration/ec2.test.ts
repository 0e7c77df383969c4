import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Ec2Config } from '#hypervisors/ec2/config.ts'
import { openEc2Hypervisor } from '#hypervisors/ec2/open-ec2-hypervisor.ts'
import type { Guest, Hypervisor, QuarantineIds } from '#shared/ports/hypervisor.ts'
import { openEc2World, type Ec2World } from '#test/support/moto/open-ec2-world.ts'
import { lacksMoto, openMoto } from '#test/support/moto/open-moto.ts'

const COPY = 'lazaret-c0ffee-0000000abcdef-12345678-web-01'
const REGION = 'eu-central-1'
const lacking = lacksMoto()

describe.skipIf(lacking !== '')(`copies in EC2, with moto${lacking}`, () => {
  let moto: Awaited<ReturnType<typeof openMoto>>
  let world: Ec2World
  let hypervisor: Hypervisor

  beforeAll(async () => {
    moto = await openMoto()
    world = await openEc2World(moto.endpoint, REGION)
    hypervisor = world.open()
  }, 300_000)
  afterAll(() => moto?.close())

  const find = async (): Promise<Guest> => {
    const guest = await hypervisor.find('web-01')
    if (guest === null) throw new Error('no web-01')
    return guest
  }
  const copied = async (work: (things: QuarantineIds) => Promise<void>) => {
    const things = await hypervisor.quarantine(await find(), COPY, async () => {})
    try {
      await work(things)
    } finally {
      await hypervisor.release(things)
    }
  }
  const groupOf = async (things: QuarantineIds) => {
    const GroupIds = [things['securityGroup'] ?? '']
    const { SecurityGroups } = await world.client.send(new DescribeSecurityGroupsCommand({ GroupIds }))
    const { IpPermissions = [], IpPermissionsEgress = [] } = SecurityGroups?.[0] ?? {}
    return {
      out: IpPermissionsEgress.length,
      into: IpPermissions.map(({ IpProtocol, IpRanges, UserIdGroupPairs }) => ({
        IpProtocol,
        ranges: IpRanges?.length ?? 0,
        groups: UserIdGroupPairs?.map(({ GroupId }) => GroupId),
      })),
    }
  }

  it('are reached by scanners only, reach nothing, and have neither a role nor a public address', async () => {
    await copied(async (things) => {
      const InstanceIds = [things['guest'] ?? '']
      const { Reservations } = await world.client.send(new DescribeInstancesCommand({ InstanceIds }))
      const copy = Reservations?.[0]?.Instances?.[0]

      expect(await groupOf(things)).toEqual({
        out: 0,
        into: [{ IpProtocol: '-1', ranges: 0, groups: [world.scannerGroup] }],
      })
      expect(copy?.NetworkInterfaces?.[0]?.Groups?.map(({ GroupId }) => GroupId)).toEqual([things['securityGroup']])
      expect(copy?.IamInstanceProfile).toBeUndefined()
      expect(copy?.PublicIpAddress).toBeUndefined()
      expect(copy?.MetadataOptions?.HttpEndpoint).toBe('disabled')
      expect(copy?.InstanceId).not.toBe(world.instance)
      expect(copy?.Tags).toContainEqual({ Key: 'lazaret:copy', Value: COPY })
      expect(copy?.Tags?.find(({ Key }) => Key === 'lazaret:expires')?.Value).toMatch(/^\d{4}-.*Z$/)
      expect(await hypervisor.listAddresses(things['guest'] ?? '')).toEqual([expect.stringMatching(/^10\.77\.1\./)])
      expect((await find()).power).toBe('off')
    })
  })

  it('leave neither image nor snapshot behind', async () => {
    const before = await world.count()
    await copied(async () => {
      expect(await world.count()).toEqual({ images: before.images + 1, snapshots: before.snapshots + 1 })
    })

    expect(await world.count()).toEqual(before)
    expect(await hypervisor.listLeftovers('lazaret-')).toEqual([])
  })

  it('are isolated again where somebody opened their group in between', async () => {
    await copied(async (things) => {
      const GroupId = things['securityGroup']
      const open = [{ IpProtocol: 'tcp', FromPort: 1, ToPort: 9, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }]
      await world.client.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: open }))
      await world.client.send(new AuthorizeSecurityGroupEgressCommand({ GroupId, IpPermissions: open }))
      expect(await hypervisor.quarantine(await find(), COPY, async () => {})).toEqual(things)

      expect(await groupOf(things)).toMatchObject({ out: 0, into: [{ groups: [world.scannerGroup] }] })
    })
  })

  it('are made of no machine that runs', async () => {
    const guest = await find()
    await hypervisor.start(guest.id)
    await expect(hypervisor.quarantine(guest, COPY, async () => {})).rejects.toMatchObject({
      code: 'hypervisor_refused',
    })
    await hypervisor.stop(guest.id)

    expect(await hypervisor.listLeftovers('lazaret-')).toEqual([])
  })

  it('are the only things that are removed', async () => {
    const before = await world.count()
    const foreign = { GroupName: 'lazaret-looks-like-ours', Description: 'x', VpcId: world.vpc }
    const { GroupId = '' } = await world.client.send(new CreateSecurityGroupCommand(foreign))

    for (const things of [{ guest: world.instance }, { securityGroup: GroupId }, { securityGroup: world.scannerGroup }])
      await expect(hypervisor.release(things)).rejects.toMatchObject({ code: 'hypervisor_refused' })
    expect((await find()).id).toBe(world.instance)
    expect(await world.count()).toEqual(before)
  })

  it('are refused where two instances have the name of the machine', async () => {
    const twin = await openEc2World(moto.endpoint, 'eu-west-1')
    const Tags = [{ Key: 'Name', Value: 'web-01' }]
    const TagSpecifications = [{ ResourceType: 'instance' as const, Tags }]
    await twin.client.send(
      new RunInstancesCommand({ MinCount: 1, MaxCount: 1, ImageId: 'ami-12c6146b', TagSpecifications }),
    )

    await expect(twin.open().find('web-01')).rejects.toMatchObject({ code: 'hypervisor_refused' })
    expect(await twin.open().find('web-*')).toBeNull()
  })

  it('tell an EC2 that is out of reach from one that refuses, and never the secret', async () => {
    const secret = 'not-to-be-told'
    const config = Ec2Config.parse({
      kind: 'ec2',
      id: 'cloud',
      region: REGION,
      subnet: 'subnet-00000000',
      scannerGroup: world.scannerGroup,
    })
    const open = (endpoint: string) =>
      openEc2Hypervisor(
        config,
        new EC2Client({
          endpoint,
          region: REGION,
          maxAttempts: 1,
          credentials: { accessKeyId: 'a', secretAccessKey: secret },
        }),
      )
    const unreachable = await open('http://127.0.0.1:1')
      .find('web-01')
      .catch((error: unknown) => error)

    expect(unreachable).toMatchObject({ code: 'hypervisor_unreachable' })
    expect(String(unreachable)).not.toContain(secret)
    await expect(open(moto.endpoint).quarantine(await find(), COPY, async () => {})).rejects.toMatchObject({
      code: 'hypervisor_refused',
    })
  })
})
