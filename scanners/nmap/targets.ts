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

/** Only literals: names could mean another machine by now, and anything else could be an option. @throws Fault `scanner_refused` */
export function checkTargets(addresses: readonly string[]): Targets {
  const parsed = Targets.safeParse({ addresses })
  if (!parsed.success) throw new Fault('scanner_refused', 'A scan takes 1 to 64 IP addresses and nothing else.')
  return parsed.data
}

export interface Family {
  readonly addresses: readonly string[]
  readonly family: 4 | 6
  /** The file that nmap writes about these. */
  readonly report: string
}

/** One run of nmap knows one family: a machine with addresses of both is scanned in two. */
export function splitFamilies({ addresses }: Targets): readonly Family[] {
  const of = (family: 4 | 6) => addresses.filter((address) => isIP(address) === family)
  const families = [
    { addresses: of(4), family: 4, report: 'report.xml' },
    { addresses: of(6), family: 6, report: 'report-6.xml' },
  ] as const
  return families.filter((family) => family.addresses.length > 0)
}
