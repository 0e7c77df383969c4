import { z } from 'zod'
import type { Hypervisor } from '#shared/ports/hypervisor.ts'
import { Ec2Config } from './ec2/config.ts'
import { LibvirtConfig, openConfiguredLibvirt } from './libvirt/config.ts'
import { NoneConfig, openNoHypervisor } from './none/open-no-hypervisor.ts'

/** One hypervisor in the configuration. */
export const HypervisorConfig = z.discriminatedUnion('kind', [LibvirtConfig, Ec2Config, NoneConfig])
export type HypervisorConfig = z.infer<typeof HypervisorConfig>

/** All of them: asked in this order for a machine. */
export const HypervisorConfigs = z
  .array(HypervisorConfig)
  .max(100)
  .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'two hypervisors have the same id')

/** Opens every configured hypervisor; none is asked anything yet. */
export async function openHypervisors(configs: readonly HypervisorConfig[]): Promise<readonly Hypervisor[]> {
  return Promise.all(configs.map(openHypervisor))
}

/** The one list of kinds. */
async function openHypervisor(config: HypervisorConfig): Promise<Hypervisor> {
  switch (config.kind) {
    case 'libvirt':
      return openConfiguredLibvirt(config)
    case 'ec2':
      // The AWS SDK takes long to load: only where it is wanted.
      return (await import('./ec2/open-ec2-hypervisor.ts')).openEc2Hypervisor(config)
    case 'none':
      return openNoHypervisor(config)
    default:
      return config satisfies never
  }
}
