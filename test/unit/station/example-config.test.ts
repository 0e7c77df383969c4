import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '#station/config.ts'
import { repositoryRoot } from '#test/support/samples.ts'

describe('the example of the configuration', () => {
  it('shows the defaults', async () => {
    const example = await loadConfig(join(repositoryRoot, 'docs', 'lazaret.example.yaml'), {})

    expect(example).toEqual(await loadConfig(undefined, {}))
  })
})

describe('the configuration of scans', () => {
  it.each([
    ['LAZARET_SCAN_NETWORKS', '10.0.0.0/40'],
    ['LAZARET_SCAN_NETWORKS', 'example.org/24'],
    ['LAZARET_SCAN_WINDOWS', '[{"from":"25:00","to":"05:00"}]'],
    ['LAZARET_SCAN_LIMITS', '{"runSeconds":0}'],
    ['LAZARET_SCAN_LIMITS', '{"runSecond":5}'],
    ['LAZARET_SCAN_PROBE', 'icmp'],
  ])('refuses %s=%s', async (name, value) => {
    await expect(loadConfig(undefined, { [name]: value })).rejects.toMatchObject({ code: 'config_invalid' })
  })

  it('takes networks as words', async () => {
    const config = await loadConfig(undefined, { LAZARET_SCAN_NETWORKS: '10.0.0.0/8, fd00::/8' })

    expect(config.scanNetworks).toEqual(['10.0.0.0/8', 'fd00::/8'])
  })
})
