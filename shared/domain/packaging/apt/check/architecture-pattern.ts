import { compileGlob } from './glob.ts'

/**
 * Does an architecture fit a specification such as `amd64`, `any`, `linux-any`, `any-arm64`? An architecture without a hyphen is
 * Linux's. @see dpkg-architecture(1), "wildcards"
 */
export function matchesArchitecture(specification: string, architecture: string): boolean {
  if (specification === architecture || specification === 'any' || specification === '*') return true
  if (!/any|\*/.test(specification)) return false

  const [wantedSystem, wantedCpu] = splitArchitecture(specification)
  const [system, cpu] = splitArchitecture(architecture)
  return matchesPart(wantedSystem, system) && matchesPart(wantedCpu, cpu)
}

function splitArchitecture(architecture: string): readonly [string, string] {
  const hyphen = architecture.indexOf('-')
  return hyphen < 0 ? ['linux', architecture] : [architecture.slice(0, hyphen), architecture.slice(hyphen + 1)]
}

function matchesPart(wanted: string, part: string): boolean {
  return wanted === 'any' || wanted === part || compileGlob(wanted)?.(part) === true
}
