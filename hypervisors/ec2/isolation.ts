import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2'
import type { IpPermission, SecurityGroup } from '@aws-sdk/client-ec2'
import { must, waitUntil, type Ask } from './ask.ts'
import { COPY_TAG, tagOf, tagsFor } from './tags.ts'

/**
 * A security group that nothing gets out of, and only scanners get into. One that is there from an earlier try is brought to the same.
 * Its id. Security groups keep answers to what they let in: a scanner hears what it asks.
 */
export async function makeIsolation(
  ask: Ask,
  of: { name: string; subnet: string; scannerGroup: string; expires: Date; pollMs: number },
  made: (id: string) => Promise<void>,
): Promise<string> {
  const subnets = await ask((client, abortSignal) =>
    client.send(new DescribeSubnetsCommand({ SubnetIds: [of.subnet] }), { abortSignal }),
  )
  const VpcId = must(subnets?.Subnets?.[0]?.VpcId, 'subnet')
  const id = (await findGroup(ask, of.name, VpcId)) ?? (await createGroup(ask, { ...of, VpcId }))
  await made(id)
  // EC2 may not know for some seconds what it has just made.
  const isKnown = async () => (await describeGroup(ask, id)) !== null
  await waitUntil(isKnown, { seconds: 60, everyMs: of.pollMs, what: 'A new security group' })
  await restrict(ask, id, of.scannerGroup)
  return id
}

async function findGroup(ask: Ask, name: string, vpc: string): Promise<string | null> {
  const Filters = [
    { Name: `tag:${COPY_TAG}`, Values: [name] },
    { Name: 'vpc-id', Values: [vpc] },
  ]
  const answer = await ask((client, abortSignal) =>
    client.send(new DescribeSecurityGroupsCommand({ Filters }), { abortSignal }),
  )
  const own = answer?.SecurityGroups?.find(({ Tags }) => tagOf(Tags, COPY_TAG) === name)
  return own?.GroupId ?? null
}

async function createGroup(ask: Ask, of: { name: string; VpcId: string; expires: Date }): Promise<string> {
  const made = await ask((client, abortSignal) =>
    client.send(
      new CreateSecurityGroupCommand({
        // A group may not be called sg-…; ours never is.
        GroupName: of.name,
        Description: 'Lazaret: a copy of a machine while it is scanned',
        VpcId: of.VpcId,
        TagSpecifications: tagsFor(of.name, of.expires, ['security-group']),
      }),
      { abortSignal },
    ),
  )
  return must(made?.GroupId, 'network for a security group')
}

/** AWS gives a new group a rule that lets everything out. */
async function restrict(ask: Ask, GroupId: string, scannerGroup: string): Promise<void> {
  const group = must(await describeGroup(ask, GroupId), 'security group')
  const out = (group.IpPermissionsEgress ?? []).map(toRequest)
  if (out.length > 0)
    await ask((client, abortSignal) =>
      client.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: out }), { abortSignal }),
    )

  const into = group.IpPermissions ?? []
  const foreign = into.filter((rule) => !isScannersOnly(rule, scannerGroup)).map(toRequest)
  if (foreign.length > 0)
    await ask((client, abortSignal) =>
      client.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: foreign }), { abortSignal }),
    )
  if (into.some((rule) => isScannersOnly(rule, scannerGroup))) return

  const IpPermissions = [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: scannerGroup }] }]
  must(
    await ask((client, abortSignal) =>
      client.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }), { abortSignal }),
    ),
    'security group of scanners',
  )
}

export async function describeGroup(ask: Ask, id: string): Promise<SecurityGroup | null> {
  const answer = await ask((client, abortSignal) =>
    client.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] }), { abortSignal }),
  )
  return answer?.SecurityGroups?.[0] ?? null
}

function isScannersOnly(rule: IpPermission, scannerGroup: string): boolean {
  const pairs = rule.UserIdGroupPairs ?? []
  const others = [rule.IpRanges, rule.Ipv6Ranges, rule.PrefixListIds].some((list) => (list ?? []).length > 0)
  return !others && rule.IpProtocol === '-1' && pairs.length === 1 && pairs[0]?.GroupId === scannerGroup
}

/** Lists that are empty must be left out of a request. */
function toRequest(rule: IpPermission): IpPermission {
  return Object.fromEntries(
    Object.entries(rule).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)),
  )
}
