import type { Evr } from '../model.ts'
import { compileGlob, isGlob } from './glob.ts'

/** What a pattern is matched with. */
export interface NamedVersion extends Evr {
  readonly name: string
  readonly architecture: string
}

/** One way to read a pattern. */
export interface PatternForm {
  /** The name where it is no glob; null: only trying tells. */
  readonly plainName: string | null
  /** The whole pattern as one glob: the last resort, which says nothing of names. */
  readonly isWhole: boolean
  readonly matchesName: (name: string) => boolean
  readonly matches: (version: NamedVersion) => boolean
}

/**
 * The ways in which dnf reads a pattern such as `kernel*` or `foo-1:2.0-3.x86_64`, in its order: name-version-release.architecture,
 * name.architecture, name, name-version-release, name-version; at last the pattern as a glob over the whole. Of these the first counts
 * that matches anything at all (libdnf, `filterSubject` with the forms "most specific first"). Provides and files are never looked at.
 */
export function readPatternForms(pattern: string): PatternForm[] {
  const forms: PatternForm[] = []
  const dot = pattern.lastIndexOf('.')
  const stem = pattern.slice(0, dot)
  const architecture = pattern.slice(dot + 1)
  const hasArchitecture = dot > 0 && isPart(architecture)
  if (hasArchitecture) addForm(forms, splitVersioned(stem, 2), architecture)
  if (hasArchitecture) addForm(forms, { name: stem }, architecture)
  addForm(forms, { name: pattern })
  addForm(forms, splitVersioned(pattern, 2))
  addForm(forms, splitVersioned(pattern, 1))
  if (isGlob(pattern)) forms.push(wholeForm(pattern))
  return forms
}

/**
 * The ways in which dnf's version lock reads a pattern, in the order of its plugin: name-version-release.architecture,
 * name-version-release, name-version, name.architecture, and the name only at last.
 */
export function readLockForms(pattern: string): PatternForm[] {
  const forms: PatternForm[] = []
  const dot = pattern.lastIndexOf('.')
  const stem = pattern.slice(0, dot)
  const architecture = pattern.slice(dot + 1)
  const hasArchitecture = dot > 0 && isPart(architecture)
  if (hasArchitecture) addForm(forms, splitVersioned(stem, 2), architecture)
  addForm(forms, splitVersioned(pattern, 2))
  addForm(forms, splitVersioned(pattern, 1))
  if (hasArchitecture) addForm(forms, { name: stem }, architecture)
  addForm(forms, { name: pattern })
  return forms
}

interface Parts {
  readonly name: string
  readonly epoch?: number
  readonly version?: string
  readonly release?: string
  readonly architecture?: string
}

function addForm(forms: PatternForm[], parts: Parts | null, architecture?: string): void {
  if (parts === null || /[:(/=<> ]/.test(parts.name)) return

  forms.push(compileForm(architecture === undefined ? parts : { ...parts, architecture }))
}

/** `name-[epoch:]version-release` from the right with two dashes, `name-[epoch:]version` with one; null where it cannot be that. */
function splitVersioned(text: string, dashes: 1 | 2): Parts | null {
  const last = text.lastIndexOf('-')
  const first = dashes === 1 ? last : text.lastIndexOf('-', last - 1)
  if (first <= 0 || last <= 0) return null

  const release = dashes === 2 ? text.slice(last + 1) : undefined
  const whole = text.slice(first + 1, dashes === 2 ? last : undefined)
  const colon = whole.indexOf(':')
  const epoch = colon < 0 ? undefined : whole.slice(0, colon)
  const version = whole.slice(colon + 1)
  if (!isPart(version) || (release !== undefined && !isPart(release))) return null
  if (epoch !== undefined && !/^\d{1,9}$/.test(epoch)) return null

  return {
    name: text.slice(0, first),
    version,
    ...(release === undefined ? {} : { release }),
    ...(epoch === undefined ? {} : { epoch: Number(epoch) }),
  }
}

function isPart(text: string): boolean {
  return text !== '' && !/[-:(/=<> ]/.test(text)
}

function compileForm(parts: Parts): PatternForm {
  const matchesName = compileGlob(parts.name)
  const tests: ((version: NamedVersion) => boolean)[] = []
  const { epoch } = parts
  if (epoch !== undefined) tests.push((version) => (version.epoch ?? 0) === epoch)
  for (const part of ['version', 'release', 'architecture'] as const) {
    const pattern = parts[part]
    if (pattern === undefined) continue
    const matchesPart = compileGlob(pattern)
    tests.push((version) => matchesPart(version[part]))
  }
  return {
    plainName: isGlob(parts.name) ? null : parts.name,
    isWhole: false,
    matchesName,
    matches: (version) => matchesName(version.name) && tests.every((test) => test(version)),
  }
}

function wholeForm(pattern: string): PatternForm {
  const matchesWhole = compileGlob(pattern)
  const withEpoch = pattern.includes(':')
  return {
    plainName: null,
    isWhole: true,
    matchesName: () => true,
    matches: (version) => {
      const epoch = withEpoch ? `${version.epoch ?? 0}:` : ''
      return matchesWhole(`${version.name}-${epoch}${version.version}-${version.release}.${version.architecture}`)
    },
  }
}
