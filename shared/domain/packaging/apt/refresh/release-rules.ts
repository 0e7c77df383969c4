import type { AptRepository, AptSnapshot } from '../model.ts'
import type { ReleaseFile } from './release.ts'

/** What the dates and names of a Release file mean here and now. */
export type ReleaseJudgement =
  | { readonly status: 'refused'; readonly reason: string }
  | {
      readonly status: 'accepted'
      readonly warnings: readonly string[]
      readonly gaps: readonly string[]
      /** ISO UTC; null: says none. */
      readonly publishedAt: string | null
      /** Past when the machine ordered to accept it all the same: whoever asks must hear that the answer is old. */
      readonly validUntil: string | null
    }

/**
 * Is this Release file current, not from the future, not older than the one before, and of the suite that was asked for?
 * Sources: apt's debReleaseIndex::Load and pkgAcqMetaBase::VerifyVendor; where apt only warns and an attacker gains (another suite in
 * the place of this one), the answer has a gap.
 */
export function judgeRelease(
  file: ReleaseFile,
  repository: AptRepository,
  previous: AptSnapshot | null,
  { now, acceptChanges }: { now: Date; acceptChanges: boolean },
): ReleaseJudgement {
  const { options } = repository
  const warnings: string[] = []
  const date = file.date.status === 'set' ? file.date.ms : null
  if (date === null) {
    warnings.push(
      `The Release file ${file.date.status === 'absent' ? 'has no date' : 'has a date that cannot be read'}.`,
    )
  }
  const validUntil = endOfValidity(file, options, date)
  if (validUntil === 'garbage') {
    return { status: 'refused', reason: 'its Valid-Until cannot be read' }
  }

  if (options.checkDate) {
    const untimely = findUntimely({ date, previous, now, maxFutureMs: options.dateMaxFutureSeconds * 1000 })
    if (untimely !== null) return { status: 'refused', reason: untimely }
  }
  const expired = validUntil !== null && validUntil < now.getTime()
  const enforced = options.checkDate && options.checkValidUntil
  if (expired && enforced) return { status: 'refused', reason: describeExpiry(validUntil) }
  if (expired) warnings.push(`Accepted on the machine's order although ${describeExpiry(validUntil)}.`)

  const changes = acceptChanges ? [] : findChanges(file, previous)
  if (changes.length > 0) {
    return {
      status: 'refused',
      reason: `${changes.join(', ')}: a person must accept that (lazaret refresh --accept-changes)`,
    }
  }
  if (previous?.release && previous.release.suite !== file.release.suite) {
    warnings.push(`The repository changed its suite from '${previous.release.suite}' to '${file.release.suite}'.`)
  }
  const suite = judgeSuite(file, repository)
  return {
    status: 'accepted',
    warnings: [...warnings, ...suite.warnings],
    gaps: suite.gaps,
    publishedAt: date === null ? null : new Date(date).toISOString(),
    validUntil: validUntil === null ? null : new Date(validUntil).toISOString(),
  }
}

/** The sentence for a Release file whose time is over. */
export function describeExpiry(validUntil: number): string {
  return `its Release file has expired (valid until ${new Date(validUntil).toISOString()})`
}

/** Milliseconds; null: for ever. The machine's own bounds pull the date to and fro, as in apt.conf(5). */
function endOfValidity(
  file: ReleaseFile,
  options: AptRepository['options'],
  date: number | null,
): number | null | 'garbage' {
  if (file.validUntil.status === 'garbage') return options.checkDate && options.checkValidUntil ? 'garbage' : null

  let end = file.validUntil.status === 'set' ? file.validUntil.ms : null
  if (date === null) return end
  if (options.validUntilMinSeconds !== null && end !== null) {
    end = Math.max(end, date + options.validUntilMinSeconds * 1000)
  }
  if (options.validUntilMaxSeconds !== null) {
    end = Math.min(end ?? Infinity, date + options.validUntilMaxSeconds * 1000)
  }
  return end
}

function findUntimely(times: {
  date: number | null
  previous: AptSnapshot | null
  now: Date
  maxFutureMs: number
}): string | null {
  const latest = times.now.getTime() + times.maxFutureMs
  if (times.date !== null && times.date > latest) {
    return `its Release file is from the future (${new Date(times.date).toISOString()})`
  }

  const before = times.previous?.publishedAt ?? null
  if (before === null) return null

  // A mark that lies in the future itself was set by a wrong clock; it must not lock the repository out for ever.
  const mark = Date.parse(before)
  if (mark > latest) return null
  if (times.date === null) return `its Release file went back in time: it has no date, the one before is of ${before}`

  return times.date < mark
    ? `its Release file went back in time: it is of ${new Date(times.date).toISOString()}, the one before of ${before}`
    : null
}

/**
 * What apt wants a person to accept before it goes on (`--allow-releaseinfo-change`). The suite is not among it: it changes by itself
 * when a new stable comes out.
 */
function findChanges(file: ReleaseFile, previous: AptSnapshot | null): string[] {
  if (previous === null || previous.release === null) return []

  const before = previous.release
  return (['origin', 'label', 'codename'] as const)
    .filter((name) => before[name] !== file.release[name])
    .map((name) => `it changed its ${name} from '${before[name]}' to '${file.release[name]}'`)
}

function judgeSuite(file: ReleaseFile, repository: AptRepository): { warnings: string[]; gaps: string[] } {
  const { suite, codename } = file.release
  const expected = expectedSuite(repository.suite)
  const fits = [repository.suite, ...expected].some((name) => name === '' || name === suite || name === codename)
  if (fits) return { warnings: [], gaps: [] }

  const isFlat = repository.components.length === 0
  if (suite === '' && codename === '') {
    return { warnings: ['The Release file does not say of which suite it is.'], gaps: [] }
  }
  const sentence = `The repository answers with suite '${suite}' (${codename}), which is not the suite asked for, '${repository.suite}'.`
  // The path of a flat repository is free, and no other suite can take its place.
  return isFlat ? { warnings: [sentence], gaps: [] } : { warnings: [], gaps: [sentence] }
}

/** `bookworm/updates` is of `bookworm`; `./` of none. Source: apt's metaIndex::CheckDist. */
function expectedSuite(asked: string): string[] {
  if (asked === '../project/experimental') return ['experimental']

  const slash = asked.lastIndexOf('/')
  const without = slash < 0 ? asked : asked.slice(0, slash)
  return [without === '.' ? '' : without]
}
