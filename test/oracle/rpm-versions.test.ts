import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { compareEvr, compareRpmVersions, parseEvr, satisfies } from '#shared/domain/packaging/rpm/version.ts'
import type { RpmRelation } from '#shared/domain/packaging/rpm/model.ts'
import { PYTHON } from '#test/support/rpm-world/real-dnf.ts'
import { repositoryRoot } from '#test/support/samples.ts'
import { openRandom } from '#test/support/seeded-random.ts'
import { isCi } from '#test/support/tools.ts'

const samples = join(repositoryRoot, '../shared/samples/pkg/versions-public.tsv')
const noSamples = existsSync(samples) ? '' : ' (skipped: the samples are not beside the repository)'
const noRpm = findPythonRpm()
const seed = Number(process.env['LAZARET_SEED_NUMBER'] ?? 20_261_125)

describe.skipIf(noSamples !== '')(`the order of the sample versions${noSamples}`, () => {
  const rows = noSamples === '' ? readRows() : []

  it('agrees with what rpm said of each pair of whole versions, and of its reverse', () => {
    const whole = rows.filter(({ scheme }) => scheme === 'rpmevr')

    expect(whole.length).toBeGreaterThan(250)
    expect(
      whole.filter(
        ({ a, b, expected }) => compareRpmVersions(a, b) !== expected || compareRpmVersions(b, a) !== 0 - expected,
      ),
    ).toEqual([])
  })

  it('agrees with what rpm said of each pair of parts, as version and as release', () => {
    const parts = rows.filter(({ scheme }) => scheme === 'rpmver')
    const asVersion = (text: string) => ({ epoch: null, version: text, release: '1' })
    const asRelease = (text: string) => ({ epoch: 0, version: '1', release: text })

    expect(parts.length).toBeGreaterThan(2500)
    const wrong = [asVersion, asRelease].flatMap((make) =>
      parts.filter(({ a, b, expected }) => {
        const forth = compareEvr(make(a), make(b))
        const back = compareEvr(make(b), make(a))
        return forth !== expected || back !== 0 - expected
      }),
    )
    expect(wrong).toEqual([])
  })
})

describe.skipIf(noRpm !== '')(`the order of generated versions, seed ${seed}${noRpm}`, () => {
  it('agrees with rpm on 100,000 pairs', () => {
    const pairs = generatePairs(seed, 100_000)
    const script = `import sys, rpm
for line in sys.stdin:
    a, b = map(rpm.ver, line.rstrip("\\n").split("\\t"))
    print((a > b) - (a < b))`
    const answers = ask(script, pairs)
    const wrong = pairs.flatMap(([a = '', b = ''], index) => {
      const ours = [compareRpmVersions(a, b), compareEvr(parseEvr(a), parseEvr(b)), 0 - compareRpmVersions(b, a)]
      return ours.every((one) => String(one) === answers[index]) ? [] : [{ a, b, ours, theirs: answers[index] }]
    })
    expect(wrong).toEqual([])
    expect(new Set(answers)).toEqual(new Set(['-1', '0', '1']))
  })

  it('agrees with rpm on whether 50,000 pairs of relations overlap', () => {
    const pairs = generatePairs(seed + 1, 50_000).map(([a, b], index) => [
      OPERATORS[index % 6],
      a,
      OPERATORS[(index >> 3) % 6],
      b,
    ])
    const script = `import sys, rpm
flags = {"": 0, "<": 2, "<=": 10, "=": 8, ">=": 12, ">": 4}
for line in sys.stdin:
    first, a, second, b = line.rstrip("\\n").split("\\t")
    one = rpm.ds(("x", flags[first], a), "Provides")
    two = rpm.ds(("x", flags[second], b), "Requires")
    print(int(one.Compare(two)))`
    const answers = ask(script, pairs as string[][])
    const wrong = pairs.flatMap(([first, a, second, b], index) => {
      const ours = satisfies(relation(first, a), relation(second, b))
      return (ours ? '1' : '0') === answers[index] ? [] : [{ first, a, second, b, ours }]
    })
    expect(wrong).toEqual([])
    expect(new Set(answers)).toEqual(new Set(['0', '1']))
  })
})

const OPERATORS = ['', '<', '<=', '=', '>=', '>'] as const

function relation(operator = '', evr = ''): RpmRelation {
  return { name: 'x', operator: operator as RpmRelation['operator'], evr: operator === '' ? '' : evr }
}

function readRows() {
  return readFileSync(samples, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'))
    .map(([a = '', b = '', expected, , scheme]) => ({ a, b, expected: Number(expected), scheme }))
}

function findPythonRpm(): string {
  if (spawnSync(PYTHON, ['-c', 'import rpm']).status === 0) return ''

  if (isCi()) throw new Error('CI must install python3-rpm')
  return ' (skipped: python3-rpm not installed)'
}

/** One answer a line. */
function ask(script: string, rows: readonly (readonly string[])[]): string[] {
  const input = rows.map((row) => `${row.join('\t')}\n`).join('')
  const { stdout, stderr, status } = spawnSync(PYTHON, ['-c', script], { input, encoding: 'utf8', maxBuffer: 64 << 20 })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const answers = stdout.trimEnd().split('\n')
  expect(answers).toHaveLength(rows.length)
  return answers
}

/** Versions that are often equal or nearly so: the second is most times the first with a few changes. */
function generatePairs(from: number, count: number): string[][] {
  const random = openRandom(from)
  const pick = (choices: string) => choices[Math.floor(random() * choices.length)] ?? ''
  const text = (choices: string, most: number) =>
    Array.from({ length: Math.floor(random() * (most + 1)) }, () => pick(choices)).join('')
  const number = () => pick('0000123456789') + (random() < 0.1 ? text('0123456789', 25) : text('019', 2))
  const part = () =>
    Array.from({ length: 1 + Math.floor(random() * 4) }, () => `${text('.+~^_aZbc', 2)}${number()}`).join('')
  const generate = (): string => {
    const epoch = random() < 0.25 ? `${text('0', 1)}${Math.floor(random() * 3)}:` : ''
    const release = random() < 0.8 ? `-${part()}` : ''
    return `${epoch}${part()}${release}`
  }
  const alter = (version: string): string => {
    const at = 3 + Math.floor(random() * Math.max(version.length - 3, 1))
    const insert = random() < 0.6 ? pick('0019~^+._aZ') : ''
    return version.slice(0, at) + insert + version.slice(random() < 0.5 ? at : at + 1)
  }
  const makeWhole = (version: string) => (/^(?:\d+:)?[^:-]+(?:-[^:-]+)?$/.test(version) ? version : generate())
  return Array.from({ length: count }, () => {
    const first = generate()
    return [first, makeWhole(random() < 0.75 ? alter(first) : generate())]
  })
}
