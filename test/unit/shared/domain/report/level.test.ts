import { describe, expect, it } from 'vitest'
import { bandOf, judgeLevel, NO_SCORES, readScore, readShare } from '#shared/domain/report/level.ts'

describe('the level of a finding', () => {
  it.each([
    [10, 'critical'],
    [9, 'critical'],
    [8.9, 'high'],
    [7, 'high'],
    [6.9, 'medium'],
    [4, 'medium'],
    [3.9, 'low'],
    [0.1, 'low'],
    [0, 'info'],
  ])('is for a score of %d: %s', (score, level) => {
    expect(bandOf(score)).toBe(level)
    expect(judgeLevel({ ...NO_SCORES, cvss3: score }, null)).toEqual({ level, score, scoreSource: 'cvss3' })
  })

  it('follows the newest CVSS before older ones and before the own number of the scanner', () => {
    const all = { cvss4: 1, cvss3: 5, cvss2: 8, native: 10 }

    expect(judgeLevel(all, 'high')).toEqual({ level: 'low', score: 1, scoreSource: 'cvss4' })
    expect(judgeLevel({ ...all, cvss4: null }, 'high')).toEqual({ level: 'medium', score: 5, scoreSource: 'cvss3' })
    expect(judgeLevel({ ...all, cvss4: null, cvss3: null }, 'low').scoreSource).toBe('cvss2')
    expect(judgeLevel({ ...NO_SCORES, native: 9.5 }, 'low')).toEqual({
      level: 'critical',
      score: 9.5,
      scoreSource: 'native',
    })
  })

  it('calls CVSS 2 critical only where the scanner does', () => {
    expect(judgeLevel({ ...NO_SCORES, cvss2: 10 }, 'high').level).toBe('high')
    expect(judgeLevel({ ...NO_SCORES, cvss2: 10 }, null).level).toBe('high')
    expect(judgeLevel({ ...NO_SCORES, cvss2: 9.3 }, 'critical').level).toBe('critical')
    expect(judgeLevel({ ...NO_SCORES, cvss2: 7.5 }, 'critical').level).toBe('high')
  })

  it('does not let a score of 0 hide what the scanner calls bad', () => {
    expect(judgeLevel({ ...NO_SCORES, cvss2: 0 }, 'high')).toEqual({ level: 'high', score: null, scoreSource: 'none' })
    expect(judgeLevel({ ...NO_SCORES, cvss3: 0, cvss2: 5 }, 'info')).toEqual({
      level: 'medium',
      score: 5,
      scoreSource: 'cvss2',
    })
    expect(judgeLevel({ ...NO_SCORES, cvss3: 0 }, 'info')).toEqual({ level: 'info', score: 0, scoreSource: 'cvss3' })
  })

  it('is the word of the scanner without any score', () => {
    expect(judgeLevel(NO_SCORES, 'medium')).toEqual({ level: 'medium', score: null, scoreSource: 'none' })
    expect(judgeLevel(NO_SCORES, null)).toEqual({ level: 'info', score: null, scoreSource: 'none' })
  })

  it.each(['-1', '10.1', '1e1', '', 'x', '0x5', '5.', ' ', '99'])('takes %j for no score', (text) => {
    expect(readScore(text)).toBeNull()
  })

  it('reads scores and shares', () => {
    expect([readScore('10'), readScore(' 7.5 '), readScore('0.0')]).toEqual([10, 7.5, 0])
    expect([readShare('0.00143'), readShare('1'), readShare('1.5'), readShare('x')]).toEqual([0.001_43, 1, null, null])
  })
})
