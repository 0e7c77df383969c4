import { gzipSync } from 'node:zlib'

/** One member of an archive made for a test; everything but the name has a lawful default, and everything can be made unlawful. */
export interface TarMember {
  readonly name: string | Uint8Array
  readonly data?: Uint8Array | string
  /** Type flag, `0` where absent: a regular file. */
  readonly type?: string
  /** What the header claims, where it differs from the data. */
  readonly size?: number
  /** The raw size field, for sizes that no octal number says. */
  readonly sizeField?: string | Uint8Array
  readonly link?: string
  readonly prefix?: string
  /** Six bytes of magic; `ustar\0` where absent. */
  readonly magic?: string
  readonly badChecksum?: boolean
}

const BLOCK = 512

/** A tar archive with the members as told and the end mark behind them. */
export function tarOf(members: readonly TarMember[], end: Uint8Array = Buffer.alloc(2 * BLOCK)): Buffer {
  return Buffer.concat([...members.map((member) => memberOf(member)), end])
}

/** The same, packed. */
export function tarGzOf(members: readonly TarMember[]): Buffer {
  return gzipSync(tarOf(members))
}

/** A header with its data and padding. */
export function memberOf(member: TarMember): Buffer {
  const data = Buffer.from(member.data ?? '')
  const padding = Buffer.alloc((BLOCK - (data.length % BLOCK)) % BLOCK)
  return Buffer.concat([headerOf(member, data.length), data, padding])
}

/** A pax extended header for the next member. */
export function paxOf(records: readonly (readonly [string, string | Uint8Array])[], type: 'x' | 'g' = 'x'): TarMember {
  return { name: 'pax', type, data: Buffer.concat(records.map(([key, value]) => paxRecord(key, value))) }
}

/** A GNU long name for the next member. */
export function longNameOf(name: string | Uint8Array): TarMember {
  return {
    name: '././@LongLink',
    type: 'L',
    data: Buffer.concat([Buffer.from(name), Buffer.alloc(1)]),
    magic: 'ustar ',
  }
}

function paxRecord(key: string, value: string | Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')])
  let length = body.length
  while (body.length + String(length).length !== length) length = body.length + String(length).length
  return Buffer.concat([Buffer.from(String(length)), body])
}

/** Chunks as a network would bring them. */
export async function* chunksOf(bytes: Uint8Array, chunkBytes = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

function headerOf(member: TarMember, dataBytes: number): Buffer {
  const block = Buffer.alloc(BLOCK)
  Buffer.from(member.name).copy(block, 0, 0, 100)
  block.write('0000644\x000000000\x000000000\0', 100, 'latin1')
  const size = member.sizeField ?? `${(member.size ?? dataBytes).toString(8).padStart(11, '0')}\0`
  Buffer.from(size).copy(block, 124, 0, 12)
  block.write('00000000000\0', 136, 'latin1')
  block.write(`        ${member.type ?? '0'}`, 148, 'latin1')
  block.write(member.link ?? '', 157, 100, 'latin1')
  block.write(`${member.magic ?? 'ustar\0'}${member.magic === 'ustar ' ? ' \0' : '00'}`, 257, 'latin1')
  block.write(member.prefix ?? '', 345, 155, 'utf8')
  const sum = block.reduce((total, byte) => total + byte, 0) + (member.badChecksum === true ? 1 : 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}
