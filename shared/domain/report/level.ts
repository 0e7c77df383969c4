import type { Level } from './finding.ts'

/** Scores from 0 to 10; null where there is none. `native`: a number of the scanner's own whose kind is not known. */
export interface Scores {
  readonly cvss4: number | null
  readonly cvss3: number | null
  readonly cvss2: number | null
  readonly native: number | null
}

export const NO_SCORES: Scores = { cvss4: null, cvss3: null, cvss2: null, native: null }

export interface Judgement {
  readonly level: Level
  readonly score: number | null
  readonly scoreSource: 'cvss4' | 'cvss3' | 'cvss2' | 'native' | 'none'
}

const SOURCES = ['cvss4', 'cvss3', 'cvss2', 'native'] as const

/**
 * How bad a finding is: from its best score (CVSS 4 before 3 before 2 before the scanner's own number), in the bands of CVSS 3.1 section 5.
 * A score of 0 says nothing against a worse word of the scanner, so that the word counts then. CVSS 2 knows no "critical": its 9.0 to 10.0 are
 * `high` unless the scanner itself says `critical`, or all that is old would swell that row. Without any score the scanner's word counts.
 */
export function judgeLevel(scores: Scores, native: Level | null): Judgement {
  for (const scoreSource of SOURCES) {
    const score = scores[scoreSource]
    if (score === null || score <= 0) continue

    const band = bandOf(score)
    const isOldTop = scoreSource === 'cvss2' && band === 'critical' && native !== 'critical'
    return { level: isOldTop ? 'high' : band, score, scoreSource }
  }

  const zero = SOURCES.find((source) => scores[source] === 0)
  if (native !== null && native !== 'info') return { level: native, score: null, scoreSource: 'none' }

  return { level: 'info', score: zero === undefined ? null : 0, scoreSource: zero ?? 'none' }
}

/** The band of a score as CVSS 3.1 names it. */
export function bandOf(score: number): Level {
  if (score >= 9) return 'critical'
  if (score >= 7) return 'high'
  if (score >= 4) return 'medium'

  return score > 0 ? 'low' : 'info'
}

/** A score as written; null for what is no number from 0 to 10. */
export function readScore(text: string): number | null {
  const trimmed = text.trim()
  if (!/^\d{1,2}(?:\.\d{1,8})?$/.test(trimmed)) return null

  const score = Number(trimmed)
  return score <= 10 ? score : null
}

/** A share from 0 to 1 (confidence, EPSS) as written; null for anything else. */
export function readShare(text: string): number | null {
  const trimmed = text.trim()
  if (!/^[01](?:\.\d{1,12})?$/.test(trimmed)) return null

  const share = Number(trimmed)
  return share <= 1 ? share : null
}
