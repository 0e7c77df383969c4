import { Fault } from '#shared/domain/fault.ts'
import type { FaultCode } from '#shared/domain/fault.ts'

/** Faults of the station's own storage, and of whoever lost a race: never an observation about a scanner or hypervisor. */
const OUR_OWN = new Set<FaultCode>(['conflict', 'storage_unavailable', 'data_damaged', 'data_locked'])

/**
 * What a call to a scanner or hypervisor came to; what it throws becomes `failed`, whether or not it may work later.
 * @throws what concerns the station itself
 */
export async function askOutside<Observation>(
  call: () => Promise<Observation>,
): Promise<Observation | { readonly kind: 'failed'; readonly message: string; readonly retry: boolean }> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof Fault && OUR_OWN.has(error.code)) throw error
    if (error instanceof Fault) return { kind: 'failed', message: error.message, retry: error.retry }
    // A defect of an adapter, or of Node's own: tried again, within the bounds of every call.
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error), retry: true }
  }
}
