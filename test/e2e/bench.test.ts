import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callProgram } from '#bench/processes.ts'
import { describeRun } from '#bench/results.ts'
import { repositoryRoot } from '#test/support/samples.ts'
import { requireTool } from '#test/support/tools.ts'

const lacking = requireTool('apt-get', 'dpkg', 'xz', 'bash')
type Results = ReturnType<typeof describeRun>

describe.skipIf(lacking !== '')(`npm run bench -- --quick --only check${lacking}`, () => {
  let folder = ''
  let printed = ''
  let results: Results

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lazaret-bench-test-'))
    const out = join(folder, 'results.json')
    const run = join(repositoryRoot, 'bench', 'run.ts')
    printed = (await callProgram([process.execPath, run, '--quick', '--only', 'check', '--out', out])).stdout
    results = JSON.parse(await readFile(out, 'utf8')) as Results
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('measures the check next to apt in the same run', () => {
    const [row] = results.rows
    expect(row?.id).toBe('check')
    expect(row?.ours.value).toBeGreaterThan(0)
    expect(row?.reference?.value).toBeGreaterThan(0)
    expect(row?.ratio).toBeCloseTo(row!.ours.value! / row!.reference!.value!, 1)
  })

  it('prints the row, its goal and that the sizes are small', () => {
    expect(printed).toMatch(/check of one machine, .* at most 0\.5 ×/)
    expect(printed).toContain('Small sizes')
  })

  it('says nothing of whose machine it was, nor where', () => {
    expect(results.machine).toEqual({
      processor: expect.any(String),
      cores: expect.any(Number),
      memoryGiB: expect.any(Number),
      platform: `${process.platform} ${process.arch}`,
      node: process.version,
    })
    expect(JSON.stringify(results)).not.toContain(repositoryRoot)
  })
})
