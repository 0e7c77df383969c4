import type { Evidence } from '#shared/domain/evidence.ts'
import type { FaultCode, FaultPlace } from '#shared/domain/fault.ts'
import type { CheckRequest, ComputedOutcome, Understood } from '#shared/usecases/computing.ts'

/** What is said between the station and a thread that computes for it. All of it survives a structured clone. */
export type Task =
  | { readonly kind: 'understand'; readonly evidence: Evidence }
  | { readonly kind: 'check'; readonly request: CheckRequest }

export interface Order {
  readonly id: number
  readonly task: Task
}

export interface Answer {
  readonly id: number
  readonly result:
    | { readonly kind: 'understood'; readonly understood: Understood }
    | { readonly kind: 'checked'; readonly outcome: ComputedOutcome }
    | {
        readonly kind: 'failed'
        readonly code: FaultCode
        readonly message: string
        readonly place: FaultPlace
      }
}
