import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { compareAptVersions } from '#shared/domain/packaging/apt/version.ts'
import { openRandom } from '#test/support/seeded-random.ts'
import { repositoryRoot } from '#test/support/samples.ts'
import { isCi, requireTool } from '#test/support/tools.ts'

// Debian's own: another python does not see Debian's modules.
const PYTHON = '/usr/bin/python3'

type Pair = readonly [string, string]

const samples = join(repositoryRoot, '../shared/samples/pkg/versions-public.tsv')
const noSamples = existsSync(samples) ? '' : ' (skipped: the samples are not beside the repository)'
const noDpkg = requireTool('dpkg', 'sh')
const noAptPkg = findAptPkg()
const seed = Number(process.env['LAZARET_SEED_NUMBER'] ?? 20_261_123)

describe.skipIf(noSamples !== '')(`the order of the sample versions${noSamples}`, () => {
  it('agrees with what dpkg, apt_pkg and others said of each pair, and of its reverse', () => {
    const rows = readFileSync(samples, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'))
      .filter(([, , , , scheme]) => scheme === 'deb' || scheme === 'deb-lax')

    expect(rows.length).toBeGreaterThan(7000)
    const wrong = rows.filter(([a = '', b = '', expected]) => {
      const forth = compareAptVersions(a, b) - Number(expected)
      const back = compareAptVersions(b, a) + Number(expected)
      return forth !== 0 || back !== 0
    })
    expect(wrong).toEqual([])
  })
})

// Starting dpkg costs a millisecond a pair; apt's own library compares a hundred thousand in one process, by the same order.
describe.skipIf(noDpkg !== '')(`the order of generated versions, seed ${seed}${noDpkg}`, () => {
  const count = isCi() ? 10_000 : 1500

  it(`agrees with dpkg --compare-versions on ${count} pairs`, () => {
    const pairs = generatePairs(seed, count)
    const script = `while IFS='\t' read -r a b; do
      if dpkg --compare-versions "$a" lt "$b"; then echo -1
      elif dpkg --compare-versions "$a" eq "$b"; then echo 0
      else echo 1; fi
    done`
    expect(findDisagreements(pairs, ask('sh', ['-c', script], pairs))).toEqual([])
  })
})

describe.skipIf(noAptPkg !== '')(`the order of many generated versions, seed ${seed + 1}${noAptPkg}`, () => {
  it('agrees with apt_pkg.version_compare on 100,000 pairs', () => {
    const pairs = generatePairs(seed + 1, 100_000)
    const script = `import sys, apt_pkg
apt_pkg.init_system()
for line in sys.stdin:
    a, b = line.rstrip("\\n").split("\\t")
    order = apt_pkg.version_compare(a, b)
    print((order > 0) - (order < 0))`
    expect(findDisagreements(pairs, ask(PYTHON, ['-c', script], pairs))).toEqual([])
  })
})

function findAptPkg(): string {
  if (spawnSync(PYTHON, ['-c', 'import apt_pkg']).status === 0) return ''

  if (isCi()) throw new Error('CI must install python3-apt')
  return ' (skipped: python3-apt not installed)'
}

function ask(program: string, args: readonly string[], pairs: readonly Pair[]): string[] {
  const input = pairs.map((pair) => `${pair.join('\t')}\n`).join('')
  const { stdout, status } = spawnSync(program, args, { input, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  expect(status).toBe(0)
  const answers = stdout.trim().split('\n')
  expect(answers).toHaveLength(pairs.length)
  return answers
}

function findDisagreements(pairs: readonly Pair[], answers: readonly string[]): unknown[] {
  return pairs.flatMap(([a, b], index) => {
    const ours = compareAptVersions(a, b)
    return String(ours) === answers[index] ? [] : [{ a, b, ours, theirs: answers[index] }]
  })
}

/** Valid versions that are often equal or nearly so: the second is most times the first with a few changes. */
function generatePairs(from: number, count: number): Pair[] {
  const random = openRandom(from)
  const pick = (choices: string) => choices[Math.floor(random() * choices.length)] ?? ''
  const text = (choices: string, most: number) =>
    Array.from({ length: Math.floor(random() * (most + 1)) }, () => pick(choices)).join('')
  const number = () => pick('0000123456789') + (random() < 0.1 ? text('0123456789', 25) : text('019', 2))
  const generate = (): string => {
    const epoch = random() < 0.25 ? `${Math.floor(random() * 3)}:` : ''
    const parts = Array.from({ length: 1 + Math.floor(random() * 4) }, () => `${text('.+~aZbc', 2)}${number()}`)
    const revision = random() < 0.7 ? `-${text('~+.aZ', 1)}${number()}${text('~+.bu01', 4)}` : ''
    return `${epoch}${number()}${parts.join('')}${revision}`
  }
  const alter = (version: string): string => {
    const at = 2 + Math.floor(random() * Math.max(version.length - 2, 1))
    const insert = random() < 0.6 ? pick('0019~+.aZ') : ''
    return version.slice(0, at) + insert + version.slice(random() < 0.5 ? at : at + 1)
  }
  return Array.from({ length: count }, () => {
    const first = generate()
    const second = random() < 0.75 ? alter(first) : generate()
    // What an alteration leaves without a revision is still valid with one.
    return [first, second.endsWith('-') ? `${second}0` : second]
  })
}
