import { describe, expect, it } from 'vitest'
import { giveSlotBack, noteAnswer, takeSlot, UNUSED_SCANNER } from '#shared/domain/scan/scanner-state.ts'

const NOW = new Date('2026-01-01T00:00:00Z')
const LIMITS = { breakerFailures: 3, breakerSeconds: 600 }
const failed = (times: number) =>
  Array.from({ length: times }).reduce<typeof UNUSED_SCANNER>(
    (state) => noteAnswer(state, true, { now: NOW, limits: LIMITS }),
    UNUSED_SCANNER,
  )

describe('takeSlot', () => {
  it('gives no more places than there are, and the same one to whoever has it already', () => {
    const first = takeSlot(UNUSED_SCANNER, 'a', { slots: 1, now: NOW })
    const again = takeSlot(first.state, 'a', { slots: 1, now: NOW })
    const second = takeSlot(first.state, 'b', { slots: 1, now: NOW })
    const later = takeSlot(giveSlotBack(first.state, 'a'), 'b', { slots: 1, now: NOW })

    expect([first.refused, again.refused, later.refused]).toEqual([null, null, null])
    expect(second.refused).toBe('Every place on it is taken.')
  })

  it('leaves a scanner alone that failed several times in a row, until its time is over', () => {
    const state = failed(3)
    const soon = takeSlot(state, 'a', { slots: 1, now: new Date(NOW.getTime() + 599_000) })
    const later = takeSlot(state, 'a', { slots: 1, now: new Date(NOW.getTime() + 601_000) })

    expect([soon.refused, later.refused]).toEqual(['It failed several times in a row and is left alone.', null])
  })

  it('forgets failures once the scanner answers', () => {
    const state = noteAnswer(failed(3), false, { now: NOW, limits: LIMITS })

    expect(takeSlot(state, 'a', { slots: 1, now: NOW }).refused).toBeNull()
  })
})
