import { describe, expect, it } from 'vitest'
import { differenceOfSnapshots } from '#shared/domain/packaging/apt/refresh/difference.ts'
import { openAptList } from '#shared/domain/packaging/apt/refresh/list-format.ts'
import type { AptList, AptSnapshot } from '#shared/domain/packaging/apt/model.ts'
import { openPackagesScanner } from '#shared/domain/packaging/apt/refresh/scan-packages.ts'
import { sealSnapshot } from '#shared/domain/packaging/apt/refresh/snapshot.ts'

/** A list of these versions by name. */
function listOf(versions: Record<string, string>): AptList {
  const scanner = openPackagesScanner('Packages')
  for (const [name, version] of Object.entries(versions)) {
    scanner.write(Buffer.from(`Package: ${name}\nVersion: ${version}\nArchitecture: amd64\n\n`))
  }
  return openAptList(scanner.finish().bytes)
}

function snapshotOf(key: string, changes: Partial<AptSnapshot> = {}): AptSnapshot {
  return sealSnapshot({
    repositoryId: 'r',
    release: null,
    lists: [{ key, packages: 1, component: 'main', architecture: 'amd64', phased: false }],
    gaps: [],
    warnings: [],
    verification: 'verified',
    publishedAt: null,
    validUntil: null,
    releaseSha256: null,
    validators: null,
    signedBy: [],
    ...changes,
  })
}

const LISTS = new Map([
  ['old', listOf({ a: '1', b: '1', d: '1', e: '1' })],
  ['new', listOf({ a: '1', b: '2', c: '1', e: '1', f: '1' })],
])

describe('the difference of two snapshots', () => {
  it('is the names that changed, came or went', () => {
    const difference = differenceOfSnapshots(snapshotOf('old'), snapshotOf('new'), LISTS)

    expect([...(difference ?? [])].toSorted()).toEqual(['b', 'c', 'd', 'f'])
  })

  it('is nothing when only dates differ', () => {
    const after = snapshotOf('old', { publishedAt: '2026-01-01T00:00:00.000Z' })

    expect(differenceOfSnapshots(snapshotOf('old'), after, LISTS)).toEqual(new Set())
    expect(after.digest).toBe(snapshotOf('old').digest)
  })

  it('is everything when there was none, or trust, gaps, warnings or the kind of lists changed', () => {
    const before = snapshotOf('old')
    const elsewhere = [{ key: 'old', packages: 1, component: 'contrib', architecture: 'amd64', phased: false }]

    expect(differenceOfSnapshots(null, before, LISTS)).toBeNull()
    for (const changes of [
      { verification: 'trusted-by-option' },
      { gaps: ['x'] },
      { warnings: ['x'] },
      { lists: elsewhere },
      { lists: [] },
    ] as Partial<AptSnapshot>[]) {
      expect(differenceOfSnapshots(before, snapshotOf('old', changes), LISTS)).toBeNull()
      expect(snapshotOf('old', changes).digest).not.toBe(before.digest)
    }
  })

  it('is everything when a list is not at hand', () => {
    expect(differenceOfSnapshots(snapshotOf('old'), snapshotOf('gone'), LISTS)).toBeNull()
    expect(differenceOfSnapshots(snapshotOf('gone'), snapshotOf('new'), LISTS)).toBeNull()
  })
})
