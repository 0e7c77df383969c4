import type { OurAnswer } from './ours.ts'
import type { AptAnswer } from './real-apt.ts'

/** One way in which this product and apt disagree about a machine. */
export interface Difference {
  readonly machine: string
  readonly meaning: 'outdated' | 'installable now' | 'apt refuses, and we see nothing unknown'
  /** With our reasons where we have the update but hold it back. */
  readonly onlyApt: readonly string[]
  readonly onlyOurs: readonly string[]
  readonly trouble: readonly string[]
}

/**
 * Both meanings of outdated, entry for entry. Where apt refuses to upgrade a broken system, only
 * the first is compared; where it refuses to say anything, we may say what we like but not that all is known.
 */
export function findDifferences(machine: string, apt: AptAnswer, ours: OurAnswer): Difference[] {
  if (apt.upgradable === null) {
    const meaning = 'apt refuses, and we see nothing unknown'
    const { trouble } = ours
    return ours.outcome.unknowns.length > 0
      ? []
      : [{ machine, meaning, onlyApt: [apt.transcript], onlyOurs: [], trouble }]
  }

  const outdated = { meaning: 'outdated' as const, theirs: apt.upgradable, mine: ours.upgradable }
  const installable = {
    meaning: 'installable now' as const,
    theirs: apt.upgraded ?? ours.upgraded,
    mine: ours.upgraded,
  }
  return [outdated, installable].flatMap(({ meaning, theirs, mine }) => {
    const onlyApt = theirs.filter((entry) => !mine.includes(entry)).map((entry) => explainEntry(entry, ours))
    const onlyOurs = mine.filter((entry) => !theirs.includes(entry))
    const isEqual = onlyApt.length === 0 && onlyOurs.length === 0 && theirs.length === mine.length
    return isEqual ? [] : [{ machine, meaning, onlyApt, onlyOurs, trouble: ours.trouble }]
  })
}

function explainEntry(entry: string, { outcome }: OurAnswer): string {
  const update = outcome.updates.find(
    ({ name, architecture, installed, candidate }) => entry === `${name}:${architecture} ${installed} ${candidate}`,
  )
  return update === undefined || update.installable ? entry : `${entry} (${update.heldBackBy.join(', ')})`
}
