import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Difference, findDifferences } from '#test/support/apt-world/compare.ts'
import { type Keys, makeKeys } from '#test/support/apt-world/keys.ts'
import { askOurs, downloadFrom, gatherEvidence, openCaches } from '#test/support/apt-world/ours.ts'
import { type AptAnswer, askApt, layOutMachine, readAptVersion, updateLists } from '#test/support/apt-world/real-apt.ts'
import { serveArchives } from '#test/support/apt-world/server.ts'
import { makeMachine, makeWorld } from '#test/support/apt-world/world.ts'
import { isCi, requireTool } from '#test/support/tools.ts'

// Machines come in worlds of six: two ways of writing the sources, three machines for each. LAZARET_SEED=x LAZARET_MACHINES=n
// makes others; a difference names its world and machine, which the seed makes again.
const lacking = requireTool('apt', 'dpkg-deb', 'apt-get', 'apt-ftparchive', 'dpkg', 'gpg', 'gpgv', 'xz', 'bzip2')
const seed = process.env['LAZARET_SEED'] ?? 'harbour'
const machines = Number(process.env['LAZARET_MACHINES'] ?? (isCi() ? 240 : 30))
const GROUPS = 2
const MACHINES_A_GROUP = 3
const MOST_BY_ORDER = 0.02
const worlds = Math.ceil(machines / (GROUPS * MACHINES_A_GROUP))

interface Compared {
  readonly machine: string
  readonly apt: AptAnswer
}

describe.skipIf(lacking !== '')(`the real apt on generated machines, seed ${seed}${lacking}`, () => {
  const compared: Compared[] = []
  const byOrder: Difference[] = []
  const folder = mkdtempSync(join(tmpdir(), 'lazaret-apt-'))
  let keys: Keys
  let aptVersion: string

  beforeAll(async () => {
    keys = await makeKeys(folder)
    aptVersion = await readAptVersion()
  })
  afterAll(async () => {
    await keys.close()
    rmSync(folder, { recursive: true, force: true })
  })

  for (let number = 0; number < worlds; number++) {
    it(`finds what apt finds on each machine of world ${seed}-${number}`, async () => {
      const now = new Date()
      // Real packages take a second a world to build; the indexes of the other worlds are written directly.
      const isBuilt = number % 20 === 0
      const place = join(folder, `world${number}`)
      const world = await makeWorld(`${seed}-${number}`, place, {
        keys,
        now,
        pool: isBuilt ? join(place, 'pool') : null,
      })
      const differences: Difference[] = []
      const server = await serveArchives(world.mirror)
      try {
        for (let group = 0; group < GROUPS; group++) {
          const caches = openCaches(downloadFrom(world.mirror))
          for (let index = 0; index < MACHINES_A_GROUP; index++) {
            const machine = makeMachine(world, { group, index, aptVersion, keys })
            const root = {
              folder: join(place, `group${group}-machine${index}`),
              lists: join(place, `lists${group}`),
              proxyUrl: server.proxyUrl,
            }
            layOutMachine(root, machine)
            if (index === 0) await updateLists(root)
            const apt = await askApt(root, machine.native)
            const ours = await askOurs(gatherEvidence(machine), caches, now)
            compared.push({ machine: machine.name, apt })

            for (const difference of findDifferences(machine.name, apt, ours)) {
              const isByOrder = apt.isContested && difference.meaning === 'installable now'
              ;(isByOrder ? byOrder : differences).push(difference)
            }
          }
        }
        expect(differences).toEqual([])
      } finally {
        await server.close()
        rmSync(place, { recursive: true, force: true })
      }
    })
  }

  it('differs in what is installable on a handful of machines only, where apt itself decides by the order of its hash table', () => {
    const machinesOf = new Set(byOrder.map(({ machine }) => machine))

    expect([...machinesOf].slice(Math.ceil(compared.length * MOST_BY_ORDER))).toEqual([])
  })

  it('has compared machines with updates, with packages kept back and with nothing to do', () => {
    const share = (what: (apt: AptAnswer) => boolean) =>
      compared.filter(({ apt }) => what(apt)).length / Math.max(compared.length, 1)

    expect(compared.length).toBe(worlds * GROUPS * MACHINES_A_GROUP)
    expect(share(({ upgradable }) => (upgradable ?? []).length > 0)).toBeGreaterThan(0.4)
    expect(
      share(({ upgradable, upgraded }) => upgraded !== null && upgraded.length < (upgradable ?? []).length),
    ).toBeGreaterThan(0.2)
    expect(share(({ upgraded }) => upgraded === null)).toBeLessThan(0.1)
  })
})
