import type { RpmOffer, RpmPolicy } from '../model.ts'
import type { InstalledIndex } from './installed-index.ts'
import type { PlacedOffer, RpmOffers } from './offers.ts'

/** What an upgrade run would do: one offer comes in, installed packages (their places) go. */
export interface Change {
  readonly placed: PlacedOffer
  readonly removes: ReadonlySet<number>
}

export interface RunInput {
  readonly installed: InstalledIndex
  readonly changes: readonly Change[]
  readonly offers: RpmOffers
  readonly policy: RpmPolicy
  readonly isInstallOnly: (offer: RpmOffer) => boolean
}
