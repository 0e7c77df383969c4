import type { RpmOffer, RpmPolicy } from '../model.ts'
import type { InstalledIndex } from './installed-index.ts'
import type { PlacedOffer, RpmOffers } from './offers.ts'

/** What an upgrade run would do: one of several offers comes in, installed packages (their places) go. */
export interface Change {
  /** The first is what the run wants most; the others are older or stand behind it for another reason. At least one. */
  readonly options: readonly PlacedOffer[]
  readonly removes: ReadonlySet<number>
}

export interface RunInput {
  readonly installed: InstalledIndex
  readonly changes: readonly Change[]
  readonly offers: RpmOffers
  readonly policy: RpmPolicy
  readonly isInstallOnly: (offer: RpmOffer) => boolean
}

/** Which option of every change the run is at; past its last one a change is not made, and what it would remove stays. */
export interface Choices {
  readonly current: (change: Change) => RpmOffer | null
  readonly levelOf: (change: Change) => number
  /** Goes on to the next option. */
  readonly lower: (change: Change) => void
  /** Is told of every change that went on. */
  readonly watch: (listener: (change: Change) => void) => void
}

/** `floors`: options that are not looked at. */
export function openChoices(floors: ReadonlyMap<Change, number>): Choices {
  const levels = new Map(floors)
  const listeners: ((change: Change) => void)[] = []
  const levelOf = (change: Change) => levels.get(change) ?? 0
  return {
    levelOf,
    current: (change) => change.options[levelOf(change)]?.offer ?? null,
    lower: (change) => {
      levels.set(change, levelOf(change) + 1)
      for (const listener of listeners) listener(change)
    },
    watch: (listener) => void listeners.push(listener),
  }
}
