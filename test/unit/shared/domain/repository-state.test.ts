import { describe, expect, it } from 'vitest'
import { hasExpired, isCurrent, isDue } from '#shared/domain/repository-state.ts'
import type { RepositoryState } from '#shared/domain/repository-state.ts'

const at = (time: string) => new Date(`2026-01-02T${time}Z`)

function state(
  more: { refreshedAt?: string | null; validUntil?: string | null; failed?: boolean } = {},
): RepositoryState {
  const refreshedAt = more.refreshedAt === undefined ? '10:00:00' : more.refreshedAt
  return {
    repository: { id: 'r', packageSystem: 'apt', title: 'r', unreachable: null },
    firstSeenAt: '2026-01-01T00:00:00Z',
    snapshot: {
      repositoryId: 'r',
      digest: 'd',
      lists: [],
      gaps: [],
      warnings: [],
      verification: 'verified',
      publishedAt: null,
      validUntil: more.validUntil === undefined || more.validUntil === null ? null : `2026-01-02T${more.validUntil}Z`,
    },
    refreshedAt: refreshedAt === null ? null : `2026-01-02T${refreshedAt}Z`,
    attemptedAt: null,
    failure: more.failed === true ? { status: 'unreachable', reason: 'gone' } : null,
    leasedUntil: null,
    recheckDue: false,
  }
}

describe('the state of a repository', () => {
  it('is current within its validity and due after it', () => {
    expect([isCurrent(state(), at('10:59:59'), 3600), isDue(state(), at('10:59:59'), 3600)]).toEqual([true, false])
    expect([isCurrent(state(), at('11:00:01'), 3600), isDue(state(), at('11:00:01'), 3600)]).toEqual([false, true])
  })

  it('is not current when the clock was set back before its last look', () => {
    expect(isCurrent(state(), at('09:00:00'), 3600)).toBe(false)
  })

  it('is due after a failure and when it was never fetched', () => {
    expect(isDue(state({ failed: true }), at('10:00:01'), 3600)).toBe(true)
    expect(isDue({ ...state(), snapshot: null }, at('10:00:01'), 3600)).toBe(true)
    expect(isDue(state({ refreshedAt: null }), at('10:00:01'), 3600)).toBe(true)
  })

  it('is due and not current once its own validity has ended', () => {
    const ending = state({ validUntil: '10:30:00' })

    expect([isCurrent(ending, at('10:29:00'), 3600), isDue(ending, at('10:29:00'), 3600)]).toEqual([true, false])
    expect([isCurrent(ending, at('10:31:00'), 3600), isDue(ending, at('10:31:00'), 3600)]).toEqual([false, true])
  })

  it('is never current, but not asked for ever again, when it had expired before it was accepted', () => {
    const accepted = state({ validUntil: '09:00:00' })

    expect(hasExpired(accepted.snapshot ?? { validUntil: null }, at('10:10:00'))).toBe(true)
    expect([isCurrent(accepted, at('10:10:00'), 3600), isDue(accepted, at('10:10:00'), 3600)]).toEqual([false, false])
    expect(isDue(accepted, at('11:10:00'), 3600)).toBe(true)
  })
})
