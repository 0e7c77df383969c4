import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { repositoryRoot } from '#test/support/samples.ts'

const run = promisify(execFile)

interface Reading {
  readonly packages: number
  readonly plainBytes: number
  readonly cpuMs: number
  readonly beforeMib: number
  readonly mostMib: number
}

/** Read in a process of its own, whose memory is that of nothing else. */
async function readLarge(count: number, how: 'always' | 'where-unusual'): Promise<Reading> {
  const script = join(repositoryRoot, 'test/support/read-large-primary.ts')
  const { stdout } = await run(process.execPath, [script, String(count), how], {
    cwd: repositoryRoot,
    timeout: 200_000,
  })
  return JSON.parse(stdout) as Reading
}

describe('a large primary.xml', () => {
  it.each([
    [60_000, 'where-unusual'],
    [20_000, 'always'],
  ] as const)('of %i packages is read within 256 MiB (parser: %s)', { timeout: 240_000 }, async (count, how) => {
    const { packages, plainBytes, beforeMib, mostMib } = await readLarge(count, how)

    expect(packages).toBe(count)
    expect(plainBytes / count).toBeGreaterThan(2500)
    expect(mostMib - beforeMib).toBeLessThan(256)
  })
})
