import type { AptFeatures } from './apt-features.ts'
import { matchesArchitecture } from './architecture-pattern.ts'
import { compileExpression, isRegex } from './expression.ts'
import type { Matcher } from './expression.ts'
import { STATUS_ORIGIN } from './index-origin.ts'
import type { IndexOrigin } from './index-origin.ts'
import type { AptPin, AptPolicy } from '../model.ts'
import { costOfExpression, costOfPin, listExpressions, longestText, openPatternQuota } from './pattern-cost.ts'
import { NEVER_PRIORITY } from '../evidence/preferences.ts'
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
  /** True when the patterns would take too long on what the version is called: then no specific pin is looked for. */
  isTooLong(version: PinnedVersion): boolean
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
  const costs = openCosts()
  const admits = openPatternQuota()

  const defaultRelease = readDefaultRelease(policy.defaultRelease, origins, unknowns)
  if (defaultRelease !== null) {
    general.push({ matches: defaultRelease, priority: DEFAULT_RELEASE_PRIORITY })
    costs.add(costOfPin({ type: 'release', value: policy.defaultRelease ?? '' }))
  }

  for (const [order, pin] of policy.pins.entries()) {
    const isGeneral = pin.packages.length === 1 && pin.packages[0] === '*'
    if (!isUnderstood(pin, isGeneral, features)) {
      warnings.push(`${pin.place}: apt does not understand the pin type ${pin.type} here and skips the record.`)
      continue
    }
    const value = listExpressions(pin).every(admits) ? compileValue(pin) : null
    if (value === null) {
      unknowns.push(`${pin.place}: the pattern in the pin cannot be evaluated here.`)
      continue
    }
    if (isGeneral) {
      general.push({ matches: value.origin, priority: pin.priority })
      costs.add(costOfPin(pin))
      continue
    }
    for (const word of pin.packages) {
      const { name, architecture, isSource } = readPackageWord(word)
      const specific = { order, architecture, isSource, matches: value.version, priority: pin.priority }
      if (!isRegex(name) && !/[*[?]/.test(name)) {
        const pins = exact.get(name) ?? []
        pins.push(specific)
        exact.set(name, pins)
        costs.addFor(name, costOfPin(pin))
        continue
      }
      const isTooMuch = patterns.length >= MAX_PATTERN_PINS || !admits(name)
      const matcher = isTooMuch ? null : compileExpression(name)
      costs.add(costOfExpression(name) + costOfPin(pin))
      if (matcher !== null) patterns.push({ name: matcher, pin: specific })
      else unknowns.push(`${pin.place}: the package pattern cannot be evaluated here.`)
    }
  }

  const longest = longestText(costs.highest())
  for (const origin of origins) {
    if (longestField(origin) > longest) unknowns.push(`etc/apt/preferences: the patterns take too long on a release.`)
  }
  const isShort = (origin: IndexOrigin) => longestField(origin) <= longest
  return {
    ofOrigin: (origin) => prioritiseOrigin(isShort(origin) ? general : [], origin),
    ofVersion: openVersionPins(exact, patterns, native, isShort),
    isTooLong: ({ name, version, source, sourceVersion }) =>
      Math.max(name.length, version.length, source.length, sourceVersion.length) > longest,
    allowDowngrades: policy.pins.some(({ priority }) => priority >= DOWNGRADE_PRIORITY),
    unknowns: [...new Set(unknowns)],
    warnings: [...new Set(warnings)],
  }
}

/** Adds up what the patterns cost for one character of the texts of one package. */
function openCosts() {
  let forAll = 0
  const byName = new Map<string, number>()
  return {
    add: (costNs: number) => void (forAll += costNs),
    /** Pins of one name are tried against that name's versions only. */
    addFor: (name: string, costNs: number) => void byName.set(name, (byName.get(name) ?? 0) + costNs),
    highest: () => [...byName.values()].reduce((highest, costNs) => Math.max(highest, forAll + costNs), forAll),
  }
}

function longestField({ release, component, host }: IndexOrigin): number {
  const { version = '', origin = '', suite = '', codename = '', label = '' } = release ?? {}
  return [version, origin, suite, codename, label, component, host].reduce(
    (most, text) => Math.max(most, text.length),
    0,
  )
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
  const longest = longestText(costOfExpression(value))
  const known = [...new Set(names)].filter((name) => name !== '' && name.length <= longest)
  const isKnown = (value.length > 2 && value[1] === '=') || known.some((name) => word(name))
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

/** The priority by the first specific pin that matches. Which pins a name has is worked out once for all its versions. */
function openVersionPins(
  exact: ReadonlyMap<string, readonly SpecificPin[]>,
  patterns: readonly { name: Matcher; pin: SpecificPin }[],
  native: string,
  isShort: (origin: IndexOrigin) => boolean,
): (version: PinnedVersion) => number | null {
  let last: { name: string; source: string; pins: readonly SpecificPin[] } | null = null
  const findPins = ({ name, source }: PinnedVersion) => {
    if (last?.name === name && last.source === source) return last.pins

    const pins = [
      ...(exact.get(name) ?? []).filter((pin) => !pin.isSource),
      ...(exact.get(source) ?? []).filter((pin) => pin.isSource),
      ...patterns.filter((pattern) => pattern.name(pattern.pin.isSource ? source : name)).map(({ pin }) => pin),
    ].toSorted((a, b) => a.order - b.order)
    last = { name, source, pins }
    return pins
  }

  return (version) => {
    const pins = findPins(version)
    if (pins.length === 0) return null

    const judged = { ...version, origins: version.origins.filter(isShort) }
    const first = pins.find(
      (pin) => matchesArchitecture(pin.architecture ?? native, version.architecture) && pin.matches(judged),
    )
    return first?.priority ?? null
  }
}
