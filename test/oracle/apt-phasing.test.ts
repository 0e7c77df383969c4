import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { drawPhase } from '#shared/domain/packaging/apt/check/phasing.ts'
import { repositoryRoot } from '#test/support/samples.ts'

const file = join(repositoryRoot, '../shared/samples/pkg/phasing-public.tsv')
const lacking = existsSync(file) ? '' : ' (skipped: the samples are not beside the repository)'

describe.skipIf(lacking !== '')(`phasing as libstdc++ draws it${lacking}`, () => {
  it('draws the same number for every seed of the sample', () => {
    const rows = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .map((line) => line.split('\t'))

    expect(rows.length).toBeGreaterThanOrEqual(1000)
    expect(rows.filter(([seed = '', draw]) => drawPhase(seed) !== Number(draw))).toEqual([])
  })
})
