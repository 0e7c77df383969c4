import { LEVELS } from '../../finding.ts'
import type { LevelCounts } from '../../report.ts'
import { html, type Html } from './markup.ts'
import { describeCounts, LEVEL_NAMES } from './words.ts'

const ROW = 30
const LABEL = 100
const WIDTH = 560
const NUMBER = 70

/** Findings by level as bars, each with its name and number. */
export function drawChart(counts: LevelCounts): Html {
  const most = Math.max(1, ...LEVELS.map((level) => counts[level]))
  const bars = LEVELS.map((level, at) => {
    const length = counts[level] === 0 ? 0 : Math.max(2, Math.round(((WIDTH - LABEL - NUMBER) * counts[level]) / most))
    const y = at * ROW
    return html`<text x="0" y="${y + 20}">${LEVEL_NAMES[level]}</text
      ><rect class="${level}" x="${LABEL}" y="${y + 5}" width="${length}" height="20" rx="3" /><text
        x="${LABEL + length + 8}"
        y="${y + 20}"
        >${counts[level]}</text
      >`
  })
  return html`<svg
    viewBox="0 0 ${WIDTH} ${LEVELS.length * ROW}"
    width="${WIDTH}"
    height="${LEVELS.length * ROW}"
    role="img"
    aria-label="Findings by level: ${describeCounts(counts)}"
  >
    ${bars}
  </svg>`
}
