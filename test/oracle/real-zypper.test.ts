import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, it } from 'vitest'

import { downloadFrom, openCaches } from '#test/support/apt-world/ours.ts'
import { serveArchives } from '#test/support/apt-world/server.ts'
import { type Difference, findZypperDifferences } from '#test/support/rpm-world/compare.ts'
import { installRoot } from '#test/support/rpm-world/install-root.ts'
import { makeRpmMachine } from '#test/support/rpm-world/machine.ts'
import { askOurs, gatherRpmEvidence } from '#test/support/rpm-world/ours.ts'
import { makeHome } from '#test/support/rpm-world/real-dnf.ts'
import { askZypper, type ZypperAnswer } from '#test/support/rpm-world/real-zypper.ts'
import { makeRpmWorld } from '#test/support/rpm-world/world.ts'
import { tellCount } from '#test/support/tell-count.ts'
import { isCi, requireTool } from '#test/support/tools.ts'

// As for dnf: worlds of five machines. LAZARET_SEED=x LAZARET_MACHINES=n makes others.
const lacking = requireTool('rpm', 'zypper', 'createrepo_c', 'modifyrepo_c')
const seed = process.env['LAZARET_SEED'] ?? 'lighthouse'
const machines = Number(process.env['LAZARET_MACHINES'] ?? (isCi() ? 60 : 15))
const MACHINES_A_WORLD = 5
const MOST_CONTESTED = 0.05
const worlds = Math.ceil(machines / MACHINES_A_WORLD)

describe.skipIf(lacking !== '')(`the real zypper on generated machines, seed ${seed}${lacking}`, () => {
  const contested: Difference[] = []
  const answers: ZypperAnswer[] = []
  const folder = mkdtempSync(join(tmpdir(), 'lazaret-zypper-'))
  const home = makeHome(join(folder, 'home'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  for (let number = 0; number < worlds; number++) {
    it(`finds what zypper finds on each machine of world ${seed}-${number}`, async () => {
      const place = join(folder, `world${number}`)
      const world = await makeRpmWorld(`${seed}-${number}`, place)
      const server = await serveArchives(world.mirror)
      const caches = openCaches(downloadFrom(world.mirror))
      const differences: Difference[] = []
      try {
        for (let index = 0; index < MACHINES_A_WORLD; index++) {
          const machine = makeRpmMachine(world, index, 'zypper')
          const root = join(place, `machine${index}`)
          await installRoot(root, machine, join(place, 'pool'))
          const theirs = await askZypper(root, { proxyUrl: server.proxyUrl, home })
          answers.push(theirs)
          const evidence = await gatherRpmEvidence(machine, root, index % 2 === 0 ? 'database' : 'listing')
          differences.push(...findZypperDifferences(machine, theirs, await askOurs(evidence, caches, new Date())))
        }
        contested.push(...differences.filter(({ meaning }) => meaning === 'contested'))
        expect(differences.filter(({ meaning }) => meaning !== 'contested')).toEqual([])
      } finally {
        await server.close()
        rmSync(place, { recursive: true, force: true })
      }
    })
  }

  it('differs in what is installable on few machines, and only where updates exclude one another', () => {
    const machinesOf = new Set(contested.map(({ machine }) => machine))

    expect([...machinesOf].slice(Math.ceil(answers.length * MOST_CONTESTED))).toEqual([])
  })

  it('has compared machines with updates, and with updates that an update run does not take', () => {
    const count = (what: (answer: ZypperAnswer) => boolean) => answers.filter(what).length
    const counts = {
      machines: answers.length,
      updates: answers.reduce((sum, { all }) => sum + all.length, 0),
      withUpdates: count(({ all }) => all.length > 0),
      withBlocked: count(({ all, taken }) => taken.length < all.length),
    }
    tellCount('real zypper', { ...counts, contested: contested.length })

    expect(counts.machines).toBe(worlds * MACHINES_A_WORLD)
    expect(counts.withUpdates).toBeGreaterThan(counts.machines * 0.5)
    expect(counts.withBlocked).toBeGreaterThan(counts.machines * 0.3)
  })
})
