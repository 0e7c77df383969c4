import { spawnSync } from 'node:child_process'

import { describe, expect, it } from 'vitest'

import { compileExpression } from '#shared/domain/packaging/apt/check/expression.ts'
import { openRandom } from '#test/support/seeded-random.ts'
import { isCi, requireTool } from '#test/support/tools.ts'

const lacking = requireTool('python3')
const seed = Number(process.env['LAZARET_SEED_NUMBER'] ?? 20_261_124)
const count = isCi() ? 20_000 : 5000

/** The C library's own fnmatch and regcomp, as apt calls them: case ignored, extended syntax. A line in, a sign out: 1, 0, or e for an invalid expression. */
const ORACLE = `
import ctypes, sys
libc = ctypes.CDLL(None)
for line in sys.stdin:
    pattern, text = line.rstrip("\\n").split("\\t")
    if pattern.startswith("/"):
        compiled = ctypes.create_string_buffer(256)
        if libc.regcomp(compiled, pattern[1:-1].encode(), 1 | 2) != 0:
            print("e")
            continue
        print(1 if libc.regexec(compiled, text.encode(), 0, None, 0) == 0 else 0)
        libc.regfree(compiled)
    else:
        print(1 if libc.fnmatch(pattern.encode(), text.encode(), 16) == 0 else 0)
`

describe.skipIf(lacking !== '')(`patterns as the C library matches them, seed ${seed}${lacking}`, () => {
  it.each([
    ['shell patterns', 'ab*?[]!^-\\.z', ''],
    ['regular expressions', 'ab.*+?()|[]^$-\\{}1', '/'],
  ])('agrees on %s wherever it does not refuse', (_kind, alphabet, slash) => {
    const random = openRandom(seed)
    const text = (letters: string, most: number) =>
      Array.from(
        { length: Math.floor(random() * (most + 1)) },
        () => letters[Math.floor(random() * letters.length)],
      ).join('')
    const pairs = Array.from(
      { length: count },
      () => [`${slash}${text(alphabet, 8)}${slash}`, text('abAz.-[]1', 6)] as const,
    ).filter(([pattern]) => pattern !== '//')
    const input = pairs.map((pair) => `${pair.join('\t')}\n`).join('')
    const asked = spawnSync('python3', ['-c', ORACLE], { input, encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 })
    expect(asked.status).toBe(0)
    const answers = asked.stdout.trim().split('\n')

    const wrong = pairs.flatMap(([pattern, subject], index) => {
      const matcher = compileExpression(pattern)
      // An expression that the library calls invalid matches nothing to apt; to refuse it is right as well.
      const theirs = answers[index] === 'e' ? '0' : answers[index]
      const ours = matcher === null ? null : matcher(subject) ? '1' : '0'
      return ours === null || ours === theirs ? [] : [{ pattern, subject, ours, theirs }]
    })
    expect(wrong).toEqual([])
    const refused = pairs.filter(([pattern]) => compileExpression(pattern) === null).length
    expect(refused).toBeLessThan(pairs.length * 0.8)
  })
})
