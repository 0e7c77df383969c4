import { describe, expect, it } from 'vitest'
import type { CheckOutcome, Update } from '#shared/domain/packaging/update.ts'
import { findUpdateOf } from '#shared/domain/update-of-package.ts'

function update(name: string, architecture: string, installed: string): Update {
  return {
    name,
    architecture,
    installed,
    candidate: '9-1',
    kind: 'security',
    severity: 'high',
    significanceFrom: 'none',
    source: name,
    sourceVersion: '9-1',
    repository: 'base',
    installable: true,
    heldBackBy: [],
  }
}

function outcomeOf(updates: readonly Update[], hidden: readonly Update[] = []): CheckOutcome {
  return { packages: 9, updates: [...updates], hidden: [...hidden], local: [], warnings: [], unknowns: [] }
}

describe('findUpdateOf', () => {
  it('is null where nothing is newer', () => {
    const face = { name: 'a', architecture: 'x86_64', version: '1-1' }

    expect(findUpdateOf(outcomeOf([update('b', 'x86_64', '1-1')]), face)).toBeNull()
  })

  it('takes the one of the very architecture where a name is there for two', () => {
    const [wide, narrow] = [update('glibc', 'x86_64', '1-1'), update('glibc', 'i686', '1-1')]

    expect(findUpdateOf(outcomeOf([wide, narrow]), { name: 'glibc', architecture: 'i686', version: '1-1' })).toBe(
      narrow,
    )
  })

  it('follows a package to another architecture', () => {
    const moved = update('docs', 'noarch', '1-1')

    expect(findUpdateOf(outcomeOf([moved]), { name: 'docs', architecture: 'x86_64', version: '1-1' })).toBe(moved)
  })

  it('holds for every one of several kernels, though only the newest is named', () => {
    const newest = update('kernel', 'x86_64', '5-2')

    expect(findUpdateOf(outcomeOf([newest]), { name: 'kernel', architecture: 'x86_64', version: '5-1' })).toBe(newest)
  })

  it('knows what the machine hides from its package manager', () => {
    const locked = update('a', 'x86_64', '1-1')

    expect(findUpdateOf(outcomeOf([], [locked]), { name: 'a', architecture: 'x86_64', version: '1-1' })).toBe(locked)
  })
})
