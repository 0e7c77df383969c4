import { readPatternForms } from './package-pattern.ts'
import type { NamedVersion, PatternForm } from './package-pattern.ts'

/** What the repositories of a machine hold, hidden or not: what decides how a pattern is to be read. */
export interface Universe {
  names(): Iterable<string>
  find(name: string): readonly NamedVersion[]
}

/** One pattern, read. */
export interface ReadPattern {
  readonly matches: (version: NamedVersion) => boolean
  /** In any of the ways that were tried: what is installed, and not offered, may have decided for one. */
  readonly matchesSomehow: (version: NamedVersion) => boolean
  /** Names that the pattern may speak of, in all the ways that were tried: what a version lock locks. */
  readonly matchesName: (name: string) => boolean
  /** All these names where none of them is a glob, else null. */
  readonly plainNames: readonly string[] | null
}

/** The first way to read the pattern that matches anything, else the last one. */
export function readPattern(pattern: string, universe: Universe, readForms = readPatternForms): ReadPattern {
  const tried: PatternForm[] = []
  for (const form of readForms(pattern)) {
    tried.push(form)
    if (form.isWhole || hasAny(form, universe)) break
  }
  const last = tried.at(-1)
  const named = tried.filter(({ isWhole }) => !isWhole)
  const names = named.map(({ plainName }) => plainName)
  return {
    matches: (version) => last?.matches(version) === true,
    matchesSomehow: (version) => tried.some((form) => form.matches(version)),
    matchesName: (name) => named.some((form) => form.matchesName(name)),
    plainNames: names.every((name) => name !== null) ? names : null,
  }
}

function hasAny(form: PatternForm, universe: Universe): boolean {
  if (form.plainName !== null) return universe.find(form.plainName).some((version) => form.matches(version))

  for (const name of universe.names()) {
    if (form.matchesName(name) && universe.find(name).some((version) => form.matches(version))) return true
  }
  return false
}

/** Does any of the patterns match? Patterns that are plain names, by far the most, are looked up. */
export function readPatterns(patterns: readonly string[], universe: Universe): (version: NamedVersion) => boolean {
  const others: ReadPattern[] = []
  const names = new Set<string>()
  for (const pattern of new Set(patterns)) {
    if (isPlainName(pattern, universe)) names.add(pattern)
    else others.push(readPattern(pattern, universe))
  }
  return (version) => names.has(version.name) || others.some((pattern) => pattern.matches(version))
}

function isPlainName(pattern: string, universe: Universe): boolean {
  return !/[.*?[\\]/.test(pattern) && universe.find(pattern).length > 0
}
