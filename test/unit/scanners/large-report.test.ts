import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { repositoryRoot } from '#test/support/samples.ts'

const run = promisify(execFile)

interface Reading {
  readonly bytes: number
  readonly completeness: string
  readonly reasons: readonly string[]
  readonly hosts: number
  readonly findings: number
  readonly mostMib: number
}

/** Read in a process of its own, whose memory is that of nothing else. */
async function readLarge(kind: string, megabytes: number, texts: string): Promise<Reading> {
  const script = join(repositoryRoot, 'test/support/read-large-report.ts')
  // The young generation of V8 takes 128 MiB by itself where there is memory; what the reading needs shows without that.
  const flags = ['--max-semi-space-size=8']
  const { stdout } = await run(process.execPath, [...flags, script, kind, String(megabytes), texts], {
    cwd: repositoryRoot,
    timeout: 200_000,
  })
  return JSON.parse(stdout) as Reading
}

describe('a report of 300 hosts and more than 100 MB', () => {
  it.each(['nessus', 'openvas'])('of %s is read within 256 MiB', { timeout: 240_000 }, async (kind) => {
    const { bytes, completeness, reasons, hosts, findings, mostMib } = await readLarge(kind, 110, 'same')

    expect(bytes).toBeGreaterThan(100_000_000)
    expect({ completeness, reasons, hosts }).toEqual({ completeness: 'complete', reasons: [], hosts: 300 })
    expect(findings).toBeGreaterThan(35_000)
    expect(mostMib).toBeLessThan(256)
  })

  it.each(['nessus', 'openvas'])(
    'of %s in which no text is like another loses texts, which it says, and no finding',
    { timeout: 240_000 },
    async (kind) => {
      const { bytes, reasons, findings, mostMib } = await readLarge(kind, 130, 'unique')

      expect(bytes).toBeGreaterThan(100_000_000)
      expect(reasons).toEqual(['texts of later findings were left out: the report holds too many'])
      expect(findings).toBeGreaterThan(43_000)
      expect(mostMib).toBeLessThan(256)
    },
  )
})
