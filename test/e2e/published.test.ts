import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callProgram } from '#bench/processes.ts'
import { repositoryRoot } from '#test/support/samples.ts'

describe('what npm run build publishes', () => {
  let folder = ''

  beforeAll(async () => {
    // Beside the native packages, which stay packages.
    folder = await mkdtemp(join(repositoryRoot, 'node_modules', '.lazaret-published-'))
    await callProgram([process.execPath, join(repositoryRoot, 'tools', 'bundle.ts'), join(folder, 'dist')])
    await writeFile(join(folder, 'lazaret.yaml'), 'validitySeconds: 7200\n')
    await writeFile(join(folder, 'wrong.yaml'), 'validitySecond: 7200\n')
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const lazaret = (...words: string[]) => callProgram([process.execPath, join(folder, 'dist', 'lazaret.mjs'), ...words])

  it('compares versions of every package system', async () => {
    expect((await lazaret('compare', 'apt', '1.0~rc1', '1.0')).stdout).toBe('<\n')
    expect((await lazaret('compare', 'rpm', '1.0^git1-1', '1.0-1')).stdout).toBe('>\n')
  })

  it('reads a configuration file, and says what is wrong in one', async () => {
    const { stdout } = await lazaret('doctor', '--config', join(folder, 'lazaret.yaml'), '--json')
    const { findings } = JSON.parse(stdout) as { findings: { name: string; ok: boolean; evidence: string }[] }

    expect(findings.filter((finding) => !finding.ok)).toEqual([])
    expect(findings.find((finding) => finding.name === 'configuration')?.evidence).toBe(join(folder, 'lazaret.yaml'))
    await expect(lazaret('doctor', '--config', join(folder, 'wrong.yaml'))).rejects.toThrow('validitySecond')
  })
})
