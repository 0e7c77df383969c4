import type { HoldReason, Replacement, Update } from '../../update.ts'
import type { RpmOffer, RpmPackage, RpmPolicy } from '../model.ts'
import { formatEvr } from '../version.ts'
import type { Candidate } from './candidates.ts'
import type { InstalledIndex } from './installed-index.ts'
import type { PlacedOffer, RpmOffers } from './offers.ts'
import type { Succession } from './replacements.ts'
import { judgeSignificance } from './significance.ts'
import type { Significance } from './significance.ts'

/** One entry as a person reads it: versions without an epoch of 0, the architecture of the candidate, as dnf and zypper print them. */
export function describeUpdate(
  { installed, placed }: Candidate,
  reasons: readonly HoldReason[],
  offers: RpmOffers,
  policy: RpmPolicy,
): Update {
  const significance = judgeSignificance(offers, placed, installed, policy.tool === 'zypper')
  return describe(installed, placed, reasons, significance)
}

export function describeReplacement(
  { index, placed }: Succession,
  reasons: readonly HoldReason[],
  { installed, offers, policy }: { installed: InstalledIndex; offers: RpmOffers; policy: RpmPolicy },
): Replacement {
  const significance = judgeSignificance(offers, placed, null, policy.tool === 'zypper')
  return {
    ...describe(installed.packages[index]!, placed, reasons, significance),
    replacedBy: placed.offer.name,
  }
}

function describe(
  installed: RpmPackage,
  { offer, source }: PlacedOffer,
  reasons: readonly HoldReason[],
  { kind, severity, significanceFrom, advisories }: Significance,
): Update {
  // In the order of the schema: a stored outcome that was read again is written as the same bytes.
  return {
    name: installed.name,
    architecture: offer.architecture,
    installed: formatEvr(installed),
    candidate: formatEvr(offer),
    kind,
    severity,
    significanceFrom,
    ...readSource(offer),
    repository: source.section,
    installable: reasons.length === 0,
    heldBackBy: [...reasons],
    advisories,
  }
}

/** `openssl-3.0.7-1.el9.src.rpm`; a package whose source is not named is its own. Source packages have no epoch in their names. */
function readSource(offer: RpmOffer): { source: string; sourceVersion: string } {
  const stem = offer.sourceRpm.replace(/\.(?:src|nosrc)\.rpm$/, '')
  const release = stem.lastIndexOf('-')
  const version = stem.lastIndexOf('-', release - 1)
  if (version <= 0) return { source: offer.name, sourceVersion: formatEvr(offer) }
  return { source: stem.slice(0, version), sourceVersion: stem.slice(version + 1) }
}
