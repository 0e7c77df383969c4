import type { AptFeatures } from './apt-features.ts'
import { matchesArchitecture } from './architecture-pattern.ts'
import { compileExpression, isRegex } from './expression.ts'
import type { Matcher } from './expression.ts'
import { STATUS_ORIGIN } from './index-origin.ts'
import type { IndexOrigin } from './index-origin.ts'
import type { AptPin, AptPolicy } from './model.ts'
import { NEVER_PRIORITY } from './preferences.ts'
import { compileOriginPin, compileReleasePin, compileVersion } from './release-pin.ts'
import type { OriginMatcher } from './release-pin.ts'

/**
 * Priorities as apt_preferences(5) and apt's policy engine have them. Every package list has one: 990 by Default-Release, else that
 * of the first general pin (`Package: *`) that matches it, else 1 for `NotAutomatic`, 100 with `ButAutomaticUpgrades`, else 500; the
 * status file 100 by default. A specific pin is attached to the versions it matches, the first one wins, and replaces all that.
 */
export interface Priorities {
  ofOrigin(origin: IndexOrigin): number
  /** The specific pin's priority, null where none matches. */
  ofVersion(version: PinnedVersion): number | null
  /** Some pin is high enough to replace an installed version by an older one. */
  readonly allowDowngrades: boolean
  /** Pins that cannot be carried out: each makes the answer unknown. */
  readonly unknowns: readonly string[]
  readonly warnings: readonly string[]
}

/** What a specific pin looks at. */
export interface PinnedVersion {
  readonly name: string
  /** Effective: `all` counts as the native architecture. */
  readonly architecture: string
  readonly version: string
  readonly source: string
  readonly sourceVersion: string
  readonly origins: readonly IndexOrigin[]
}

const DEFAULT_RELEASE_PRIORITY = 990
const DOWNGRADE_PRIORITY = 1000
/** Patterns cost time for every name: more than any real machine has, few enough to stay quick. */
const MAX_PATTERN_PINS = 500
const MAX_REGEX_CHARACTERS = 1024

interface SpecificPin {
  readonly order: number
  readonly architecture: string | null
  readonly isSource: boolean
  readonly matches: (version: PinnedVersion) => boolean
  readonly priority: number
}

/** Compiles a policy for the lists that a machine has. `origins` are needed to know whether Default-Release names one of them. */
export function compilePriorities(
  policy: Pick<AptPolicy, 'defaultRelease' | 'pins'>,
  features: AptFeatures,
  native: string,
  origins: readonly IndexOrigin[],
): Priorities {
  const unknowns: string[] = []
  const warnings: string[] = []
  const general: { matches: OriginMatcher; priority: number }[] = []
  const exact = new Map<string, SpecificPin[]>()
  const patterns: { name: Matcher; pin: SpecificPin }[] = []
  let regexCharacters = 0

  const defaultRelease = readDefaultRelease(policy.defaultRelease, origins, unknowns)
  if (defaultRelease !== null) general.push({ matches: defaultRelease, priority: DEFAULT_RELEASE_PRIORITY })

  for (const [order, pin] of policy.pins.entries()) {
    const isGeneral = pin.packages.length === 1 && pin.packages[0] === '*'
    if (!isUnderstood(pin, isGeneral, features)) {
      warnings.push(`${pin.place}: apt does not understand the pin type ${pin.type} here and skips the record.`)
      continue
    }
    const value = compileValue(pin)
    if (value === null) {
      unknowns.push(`${pin.place}: the pattern in the pin cannot be evaluated here.`)
      continue
    }
    if (isGeneral) {
      general.push({ matches: value.origin, priority: pin.priority })
      continue
    }
    for (const word of pin.packages) {
      const { name, architecture, isSource } = readPackageWord(word)
      const specific = { order, architecture, isSource, matches: value.version, priority: pin.priority }
      if (!isRegex(name) && !/[*[?]/.test(name)) {
        const pins = exact.get(name) ?? []
        pins.push(specific)
        exact.set(name, pins)
        continue
      }
      regexCharacters += isRegex(name) ? name.length : 0
      const isTooMuch = patterns.length >= MAX_PATTERN_PINS || regexCharacters > MAX_REGEX_CHARACTERS
      const matcher = isTooMuch ? null : compileExpression(name)
      if (matcher !== null) patterns.push({ name: matcher, pin: specific })
      else unknowns.push(`${pin.place}: the package pattern cannot be evaluated here.`)
    }
  }

  return {
    ofOrigin: (origin) => prioritiseOrigin(general, origin),
    ofVersion: (version) => prioritiseVersion(exact, patterns, native, version),
    allowDowngrades: policy.pins.some(({ priority }) => priority >= DOWNGRADE_PRIORITY),
    unknowns: [...new Set(unknowns)],
    warnings: [...new Set(warnings)],
  }
}

function isUnderstood(pin: AptPin, isGeneral: boolean, features: AptFeatures): boolean {
  if (pin.type === 'version') return !isGeneral
  if (pin.type === 'source-version') return !isGeneral && features.sourceVersionPins
  return true
}

function readDefaultRelease(
  value: string | null,
  origins: readonly IndexOrigin[],
  unknowns: string[],
): OriginMatcher | null {
  if (value === null || value === '') return null

  const matcher = compileReleasePin(value)
  const word = compileExpression(value)
  if (matcher === null || word === null) {
    unknowns.push('APT::Default-Release: the pattern cannot be evaluated here.')
    return null
  }
  const names = [...origins, STATUS_ORIGIN].flatMap(({ release, component, kind }) =>
    kind === 'status' ? [component] : release === null ? [] : [release.suite, release.codename, release.version],
  )
  const isKnown = (value.length > 2 && value[1] === '=') || names.some((name) => name !== '' && word(name))
  if (isKnown) return matcher

  unknowns.push(`APT::Default-Release "${value}" names no release of the sources: apt itself refuses to work.`)
  return null
}

function compileValue(pin: AptPin): { origin: OriginMatcher; version: (version: PinnedVersion) => boolean } | null {
  if (pin.type === 'version' || pin.type === 'source-version') {
    const matcher = compileVersion(pin.value)
    if (matcher === null) return null
    const read = (version: PinnedVersion) => (pin.type === 'version' ? version.version : version.sourceVersion)
    return { origin: () => false, version: (version) => matcher(read(version)) }
  }
  const matcher = pin.type === 'release' ? compileReleasePin(pin.value) : compileOriginPin(pin.value)
  return matcher === null ? null : { origin: matcher, version: (version) => version.origins.some(matcher) }
}

function readPackageWord(word: string): { name: string; architecture: string | null; isSource: boolean } {
  const isSource = word.startsWith('src:')
  const rest = isSource ? word.slice(4) : word
  const colon = rest.lastIndexOf(':')
  if (colon < 0) return { name: rest, architecture: null, isSource }

  return { name: rest.slice(0, colon), architecture: rest.slice(colon + 1), isSource }
}

function prioritiseOrigin(
  general: readonly { matches: OriginMatcher; priority: number }[],
  origin: IndexOrigin,
): number {
  const matching = general.filter((pin) => pin.matches(origin))
  if (matching.some((pin) => pin.priority === NEVER_PRIORITY)) return NEVER_PRIORITY

  const first = matching[0]
  if (first !== undefined) return first.priority
  if (origin.kind === 'status') return 100
  if (origin.release?.notAutomatic !== true) return 500
  return origin.release.butAutomaticUpgrades ? 100 : 1
}

function prioritiseVersion(
  exact: ReadonlyMap<string, readonly SpecificPin[]>,
  patterns: readonly { name: Matcher; pin: SpecificPin }[],
  native: string,
  version: PinnedVersion,
): number | null {
  let best: SpecificPin | null = null
  const consider = (pin: SpecificPin) => {
    if (best !== null && best.order <= pin.order) return
    if (!matchesArchitecture(pin.architecture ?? native, version.architecture)) return
    if (pin.matches(version)) best = pin
  }
  for (const pin of exact.get(version.name) ?? []) if (!pin.isSource) consider(pin)
  for (const pin of exact.get(version.source) ?? []) if (pin.isSource) consider(pin)
  for (const { name, pin } of patterns) if (name(pin.isSource ? version.source : version.name)) consider(pin)

  return (best as SpecificPin | null)?.priority ?? null
}
