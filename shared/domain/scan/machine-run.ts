import { z } from 'zod'
import { RunBase } from './run.ts'

export const MACHINE_PHASES = [
  /** Another scan has the machine. */
  'waiting',
  /** The machine is this scan's; no scanner has asked for it yet. */
  'held',
  'finding',
  'powering',
  'addressing',
  'probing',
  /** Scanners may go to its addresses. */
  'ready',
  'restoring',
  'ended',
] as const
export type MachinePhase = (typeof MACHINE_PHASES)[number]

/** One machine in one scan: made ready once for all scanners, and put back as it was after the last of them. */
export const MachineRun = z.object({
  ...RunBase.shape,
  phase: z.enum(MACHINE_PHASES),
  /** Addresses that an administrator gave. */
  given: z.array(z.string()),
  /** As a hypervisor had it before anything was done to it: what it is restored to. null: none knows it, or none was asked yet. */
  found: z
    .object({
      hypervisor: z.string(),
      guest: z.string(),
      power: z.enum(['running', 'off', 'paused', 'suspended']),
      addresses: z.array(z.string()),
    })
    .nullable(),
  /** What is done with it. Written before it is begun. */
  plan: z.enum(['in-place', 'start', 'resume', 'copy']).nullable(),
  /** Of a copy: what it consists of, as far as it was made. */
  things: z.record(z.string(), z.string()).nullable(),
  /** Checked: where scans may go. */
  addresses: z.array(z.string()),
  /** Why it cannot be scanned; null while it may be. */
  unavailable: z.string().nullable(),
  shutDownAskedAt: z.string().nullable(),
  /** null: nothing was changed, or not yet. false: it could not be put back; the sweep of leftovers goes on. */
  isRestored: z.boolean().nullable(),
})
export type MachineRun = z.infer<typeof MachineRun>

/** A run that has not begun. */
export function newMachineRun(of: { scan: string; machine: string; given: readonly string[]; now: Date }): MachineRun {
  const now = of.now.toISOString()
  return {
    scan: of.scan,
    machine: of.machine,
    phase: 'waiting',
    phaseSince: now,
    nextAt: now,
    endedAt: null,
    failures: 0,
    lastFailure: '',
    claim: null,
    given: [...of.given],
    found: null,
    plan: null,
    things: null,
    addresses: [],
    unavailable: null,
    shutDownAskedAt: null,
    isRestored: null,
  }
}

/** What must be asked of, or done to, the outside in this phase. */
export type MachineCall =
  | { readonly kind: 'take-machine' }
  | { readonly kind: 'look-at-scanners' }
  | { readonly kind: 'find' }
  | { readonly kind: 'power'; readonly how: 'start' | 'resume' | 'copy' }
  | { readonly kind: 'list-addresses'; readonly guest: string }
  | { readonly kind: 'probe'; readonly addresses: readonly string[] }
  | { readonly kind: 'restore' }
  | { readonly kind: 'nothing' }

/** What came of it. `wanted`: scanners that have a place and wait for the machine, or use it; `open`: that have not ended. */
export type MachineObservation =
  | { readonly kind: 'tick'; readonly wanted: number; readonly open: number }
  | { readonly kind: 'failed'; readonly message: string; readonly retry: boolean }
  | { readonly kind: 'taken'; readonly isOurs: boolean }
  | { readonly kind: 'looked' }
  | { readonly kind: 'found'; readonly found: MachineRun['found'] }
  | { readonly kind: 'powered'; readonly things: MachineRun['things'] }
  | { readonly kind: 'addresses'; readonly allowed: readonly string[]; readonly refused: readonly string[] }
  | { readonly kind: 'probed'; readonly answers: boolean }
  | { readonly kind: 'restored' }
  | { readonly kind: 'shut-down-asked' }
  | { readonly kind: 'still-ending' }
