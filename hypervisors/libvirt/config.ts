import { z } from 'zod'
import type { Hypervisor } from '#shared/ports/hypervisor.ts'
import { openLibvirtHypervisor } from './open-libvirt-hypervisor.ts'
import { countSubnets } from './subnet.ts'

/** Credentials are those of the connection: the socket's rights, or the SSH key of the user that the station runs as. */
export const LibvirtConfig = z.strictObject({
  kind: z.literal('libvirt'),
  id: z.string().regex(/^[a-z][a-z0-9-]{0,40}$/, 'must be small letters, digits and dashes'),
  /** `qemu:///system`, `qemu+ssh://user@host/system`, `xen:///system`, `test:///default`. */
  uri: z
    .string()
    .regex(/^[a-z]{2,20}(?:\+[a-z0-9]{2,20})?:\/\/[^\s"'<>\\]{0,400}$/, 'must be a URI of libvirt')
    .default('qemu:///system'),
  program: z
    .string()
    .regex(/^[A-Za-z0-9./_][A-Za-z0-9./_+-]{0,200}$/, 'must be the name or path of a program')
    .default('virsh'),
  /** For one call. */
  timeoutSeconds: z.number().int().min(1).max(600).default(60),
  /** The storage pool for the disks of copies: a folder, with room for what a machine writes while it is scanned. */
  pool: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/, 'must be the name of a storage pool')
    .default('default'),
  /** Each copy gets an isolated network of 8 addresses out of this one. Scans must be allowed to go there (`scanNetworks`). */
  network: z
    .string()
    .refine((text) => isRange(text), 'must be an IPv4 network of /8 to /29')
    .default('10.213.0.0/16'),
})
export type LibvirtConfig = z.infer<typeof LibvirtConfig>

export function openConfiguredLibvirt({ id, uri, program, timeoutSeconds, pool, network }: LibvirtConfig): Hypervisor {
  return openLibvirtHypervisor({
    id,
    uri: withoutQuestions(uri),
    program,
    timeoutMs: timeoutSeconds * 1000,
    pool,
    network,
  })
}

/** SSH must not ask for a password: nobody would answer (libvirt's `no_tty`). */
export function withoutQuestions(uri: string): string {
  if (!/^[a-z]+\+ssh:/.test(uri) || /[?&]no_tty=/.test(uri)) return uri
  return `${uri}${uri.includes('?') ? '&' : '?'}no_tty=1`
}

function isRange(text: string): boolean {
  try {
    return countSubnets(text) >= 1
  } catch {
    return false
  }
}
