import { Fault } from '#shared/domain/fault.ts'

/** A network of 8 addresses for one copy: the host's, five for the guest, and the two that no machine may have. */
export interface Subnet {
  readonly host: string
  readonly first: string
  readonly last: string
}
export const SUBNET_MASK = '255.255.255.248'
const SIZE = 8

/** How many such networks fit into `10.213.0.0/16`. @throws Fault `config_invalid` */
export function countSubnets(range: string): number {
  return 2 ** (32 - parseRange(range).prefix) / SIZE
}

/** @throws Fault `config_invalid` */
export function pickSubnet(range: string, index: number): Subnet {
  const base = parseRange(range).base + index * SIZE
  return { host: write(base + 1), first: write(base + 2), last: write(base + SIZE - 2) }
}

function parseRange(range: string): { base: number; prefix: number } {
  const [address = '', length = ''] = range.split('/')
  const parts = address.split('.').map(Number)
  const prefix = Number(length)
  const isWhole = parts.length === 4 && parts.every((part) => Number.isInteger(part) && part >= 0 && part <= 255)
  if (!isWhole || !Number.isInteger(prefix) || prefix < 8 || prefix > 29) {
    throw new Fault('config_invalid', `${range} is not an IPv4 network of /8 to /29.`)
  }
  const number = parts.reduce((sum, part) => sum * 256 + part, 0)
  return { base: number - (number % 2 ** (32 - prefix)), prefix }
}

function write(number: number): string {
  return [24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join('.')
}
