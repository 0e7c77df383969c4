import { describe, expect, it } from 'vitest'
import { isInWindows, ScanWindow } from '#shared/domain/scan/scan-window.ts'

const NIGHT = [ScanWindow.parse({ days: ['fri'], from: '22:00', to: '05:00' })]

describe('isInWindows', () => {
  it.each([
    // 2 January 2026 is a Friday.
    ['2026-01-02T21:59:00Z', false],
    ['2026-01-02T22:00:00Z', true],
    ['2026-01-03T04:59:00Z', true],
    ['2026-01-03T05:00:00Z', false],
    ['2026-01-02T04:59:00Z', false],
    ['2026-01-03T22:30:00Z', false],
  ])('at %s is %s for Friday night', (at, expected) => {
    expect(isInWindows(NIGHT, new Date(at))).toBe(expected)
  })

  it('is always open where there is no window', () => {
    expect(isInWindows([], new Date('2026-01-03T12:00:00Z'))).toBe(true)
  })
})
