import type { Tag, TagSpecification, _InstanceType } from '@aws-sdk/client-ec2'
import { createHash } from 'node:crypto'
import { Fault } from '#shared/domain/fault.ts'

/** On all that is ours: its value is the copy's name. What has no such tag is never removed. */
export const COPY_TAG = 'lazaret:copy'
/** When whoever finds it may remove it, whatever the station says. ISO, UTC. */
const EXPIRES_TAG = 'lazaret:expires'
const OURS = /^lazaret-[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/

export type InstanceType = _InstanceType

/** @throws Fault `hypervisor_refused` */
export function requireOurName(name: string): void {
  if (!isOurs(name)) throw new Fault('hypervisor_refused', 'A copy must have a name that begins with "lazaret-".')
}

export function isOurs(name: string): boolean {
  return OURS.test(name)
}

export function tagOf(tags: readonly Tag[] | undefined, key: string): string | null {
  return tags?.find((tag) => tag.Key === key)?.Value ?? null
}

export function tagsFor(
  name: string,
  expires: Date,
  kinds: readonly NonNullable<TagSpecification['ResourceType']>[],
): TagSpecification[] {
  const Tags = [
    { Key: COPY_TAG, Value: name },
    { Key: EXPIRES_TAG, Value: expires.toISOString() },
    { Key: 'Name', Value: name },
  ]
  return kinds.map((ResourceType) => ({ ResourceType, Tags }))
}

/** The same for the same copy: a repeated request to run it starts nothing twice. */
export function clientToken(name: string): string {
  return createHash('sha256').update(`lazaret\n${name}`).digest('hex')
}
