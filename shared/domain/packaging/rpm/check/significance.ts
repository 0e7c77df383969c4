import type { Advisory, Severity, UpdateKind } from '../../update.ts'
import type { Evr, RpmAdvisoryPackage } from '../model.ts'
import { compareEvr } from '../version.ts'
import type { PlacedOffer, RpmOffers } from './offers.ts'

export interface Significance {
  readonly kind: UpdateKind
  readonly severity: Severity
  /** The advisory that decided, or `none`. */
  readonly significanceFrom: string
  readonly advisories: Advisory[]
}

const KINDS: readonly UpdateKind[] = ['security', 'bugfix', 'enhancement', 'unknown']
const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'unknown']

/**
 * What an update is for: all advisories that name its package and architecture for a version above the installed one and up to the
 * candidate, so that one for a version that is skipped counts and one that the machine has already does not. As dnf does it, the
 * installed package must be of that architecture too: where it changes, no advisory counts. Security goes before bug
 * fixes, these before enhancements; of that kind the highest severity. Where one id is published twice, what both say is joined.
 *
 * `after` null: nothing of that name is installed; then only advisories for exactly that version count.
 */
export function judgeSignificance(
  offers: RpmOffers,
  placed: PlacedOffer,
  after: (Evr & { readonly architecture: string }) | null,
  dropsRetracted: boolean,
): Significance {
  const { offer } = placed
  const merged = new Map<string, Advisory>()
  const changesArchitecture = after !== null && after.architecture !== offer.architecture
  for (const entry of offers.advisoriesOf(offer.name)) {
    if (changesArchitecture || entry.architecture !== offer.architecture) continue
    if (!isBetween(entry, after, offer)) continue
    if (!isActive(entry, offers)) continue
    // zypper leaves out patches that were taken back; dnf does not look at the status.
    if (dropsRetracted && entry.advisory.status === 'retracted') continue
    merged.set(entry.advisory.id, join(merged.get(entry.advisory.id), entry.advisory))
  }

  const advisories = [...merged.values()].toSorted(byImportance)
  const [first] = advisories
  if (first === undefined) return { kind: 'unknown', severity: 'unknown', significanceFrom: 'none', advisories }
  return { kind: first.kind, severity: first.severity, significanceFrom: first.id, advisories }
}

function isBetween(version: Evr, after: Evr | null, upTo: Evr): boolean {
  if (after === null) return compareEvr(version, upTo) === 0
  return compareEvr(after, version) < 0 && compareEvr(version, upTo) <= 0
}

function isActive({ module }: RpmAdvisoryPackage, { modules }: RpmOffers): boolean {
  if (module === '' || modules === null) return true

  const colon = module.indexOf(':')
  return modules.isActive(module.slice(0, colon), module.slice(colon + 1))
}

function join(
  known: Advisory | undefined,
  { id, kind, severity, cves, bugs }: RpmAdvisoryPackage['advisory'],
): Advisory {
  if (known === undefined) return { id, kind, severity, cves: [...cves], bugs: [...bugs] }
  return {
    id,
    kind: firstOf(KINDS, known.kind, kind),
    severity: firstOf(SEVERITIES, known.severity, severity),
    cves: [...new Set([...known.cves, ...cves])],
    bugs: [...new Set([...known.bugs, ...bugs])],
  }
}

function firstOf<T>(order: readonly T[], a: T, b: T): T {
  return order.indexOf(a) <= order.indexOf(b) ? a : b
}

function byImportance(a: Advisory, b: Advisory): number {
  return (
    KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  )
}
