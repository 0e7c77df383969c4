import { isIP } from 'node:net'
import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'

const MOST_ADDRESSES = 64

/** The input file of a run. */
export const Targets = z.strictObject({
  addresses: z
    .array(z.string().refine((text) => isIP(text) !== 0 && !text.includes('%'), 'must be an IP address'))
    .min(1)
    .max(MOST_ADDRESSES),
})
export type Targets = z.infer<typeof Targets>

/** Only literals: names could mean another machine by now, and nuclei would take networks too. @throws Fault `scanner_refused` */
export function checkTargets(addresses: readonly string[]): Targets {
  const parsed = Targets.safeParse({ addresses })
  if (!parsed.success) throw new Fault('scanner_refused', 'A scan takes 1 to 64 IP addresses and nothing else.')
  return parsed.data
}
