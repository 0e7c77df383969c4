import { describe, expect, it } from 'vitest'
import { reportThisMachine } from '#cli/commands/up.ts'
import type { OpenedStation } from '#station/station.ts'
import { openCheckCache } from '#shared/usecases/check-cache.ts'
import { Fault } from '#shared/domain/fault.ts'
import { machineOf } from '#test/support/apt-evidence.ts'

/** Of a station that knows no machine yet, as far as a registration comes before it stores anything. */
const EMPTY = {
  table: { get: async () => null, getMany: async (keys: readonly unknown[]) => keys.map(() => null) },
  cache: openCheckCache(),
  clock: { now: () => new Date(0) },
}

function setup(own: OpenedStation['own']) {
  const said: string[] = []
  const touched = () => {
    throw new Fault('storage_unavailable', 'The disk is full.')
  }
  const station = { ...EMPTY, objects: { has: touched } } as unknown as OpenedStation['station']
  const terminal = {
    print: (line: string) => void said.push(line),
    printJson: () => undefined,
    say: () => undefined,
    color: false,
    columns: 80,
  }
  return { said, run: () => reportThisMachine({ own, station }, terminal) }
}

describe('the report of the machine that a station runs on', () => {
  it('says that there is nothing to check where there is no package manager', async () => {
    const { said, run } = setup(null)

    expect(await run()).toBe('no-package-manager')
    expect(said).toEqual([
      'This machine has no package manager that Lazaret knows (apt or rpm): there is nothing to check on it.',
    ])
  })

  it('says what stands in the way, and where, when its evidence cannot be read', async () => {
    const files = new Map([['var/lib/dpkg/status', Buffer.from('Package: hello\nnonsense\n')]])
    const { said, run } = setup({
      name: 'this-one',
      evidence: { files },
      warnings: [],
      packageSystem: 'apt',
      sources: [],
    })

    expect(await run()).toBe('failed')
    expect(said).toEqual([
      expect.stringMatching(/^This machine could not be checked: var\/lib\/dpkg\/status:\d: [^:]*$/),
    ])
  })

  it('says what stands in the way when the station cannot keep it', async () => {
    const { files } = machineOf()
    const { said, run } = setup({
      name: 'this-one',
      evidence: { files },
      warnings: [],
      packageSystem: 'apt',
      sources: [],
    })

    expect(await run()).toBe('failed')
    expect(said).toEqual(['This machine could not be checked: The disk is full.'])
  })
})
