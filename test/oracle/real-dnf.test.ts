import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { downloadFrom, openCaches } from '#test/support/apt-world/ours.ts'
import { serveArchives } from '#test/support/apt-world/server.ts'
import { type Difference, findDnfDifferences } from '#test/support/rpm-world/compare.ts'
import { installRoot } from '#test/support/rpm-world/install-root.ts'
import { makeRpmMachine } from '#test/support/rpm-world/machine.ts'
import { askOurs, gatherRpmEvidence } from '#test/support/rpm-world/ours.ts'
import {
  callDnf,
  type DnfAnswer,
  dnfOptions,
  type DnfWorld,
  openRealDnf,
  provideVersionLock,
  type RealDnf,
} from '#test/support/rpm-world/real-dnf.ts'
import { makeRpmWorld } from '#test/support/rpm-world/world.ts'
import { tellCount } from '#test/support/tell-count.ts'
import { isCi, requireTool } from '#test/support/tools.ts'

// Machines come in worlds of five with the same repositories and different policies. LAZARET_SEED=x LAZARET_MACHINES=n makes
// others; a difference names its world and machine, which the seed makes again.
const lacking = requireTool('rpm', 'dnf', 'createrepo_c', 'modifyrepo_c', 'apt-get', 'dpkg-deb')
const seed = process.env['LAZARET_SEED'] ?? 'harbour'
const machines = Number(process.env['LAZARET_MACHINES'] ?? (isCi() ? 200 : 25))
const MACHINES_A_WORLD = 5
const MOST_CONTESTED = 0.03
const worlds = Math.ceil(machines / MACHINES_A_WORLD)

describe.skipIf(lacking !== '')(`the real dnf on generated machines, seed ${seed}${lacking}`, () => {
  const contested: Difference[] = []
  const answers: DnfAnswer[] = []
  const plain: { machine: string; printed: string[]; listed: string[] }[] = []
  const folder = mkdtempSync(join(tmpdir(), 'lazaret-dnf-'))
  let dnfWorld: DnfWorld
  let dnf: RealDnf

  beforeAll(async () => {
    dnfWorld = { lock: await provideVersionLock(join(folder, 'lock')), home: join(folder, 'home') }
    dnf = openRealDnf(dnfWorld)
  })
  afterAll(async () => {
    await dnf.close()
    rmSync(folder, { recursive: true, force: true })
  })

  for (let number = 0; number < worlds; number++) {
    it(`finds what dnf finds on each machine of world ${seed}-${number}`, async () => {
      const place = join(folder, `world${number}`)
      const world = await makeRpmWorld(`${seed}-${number}`, place)
      const server = await serveArchives(world.mirror)
      const caches = openCaches(downloadFrom(world.mirror))
      const differences: Difference[] = []
      try {
        for (let index = 0; index < MACHINES_A_WORLD; index++) {
          const machine = makeRpmMachine(world, index, 'dnf4')
          const root = join(place, `machine${index}`)
          await installRoot(root, machine, join(place, 'pool'))
          const options = dnfOptions(root, {
            cache: join(place, 'cache'),
            proxyUrl: server.proxyUrl,
            lock: dnfWorld.lock,
          })
          const theirs = await dnf.ask(root, options)
          answers.push(theirs)
          const evidence = await gatherRpmEvidence(machine, root, index % 2 === 0 ? 'database' : 'listing')
          const ours = await askOurs(evidence, caches, new Date())
          differences.push(...findDnfDifferences(machine, theirs, ours))
          // Now and then the plain command too.
          if (number % 4 === 0 && index === 0) {
            const { stdout } = await callDnf(root, [...options, 'check-update'], dnfWorld)
            plain.push({ machine: machine.name, printed: readCheckUpdate(stdout), listed: listUpdates(theirs) })
          }
        }
        contested.push(...differences.filter(({ meaning }) => meaning === 'contested'))
        expect(differences.filter(({ meaning }) => meaning !== 'contested')).toEqual([])
      } finally {
        await server.close()
        rmSync(place, { recursive: true, force: true })
      }
    })
  }

  it('has asked classes of dnf that say what the plain command prints', () => {
    expect(plain.length).toBeGreaterThan(0)
    expect(plain.map(({ machine, printed }) => ({ machine, updates: printed }))).toEqual(
      plain.map(({ machine, listed }) => ({ machine, updates: listed })),
    )
  })

  it('differs in what is installable on few machines, and only where updates conflict', () => {
    const machinesOf = new Set(contested.map(({ machine }) => machine))

    expect([...machinesOf].slice(Math.ceil(answers.length * MOST_CONTESTED))).toEqual([])
  })

  it('has compared machines with updates, replaced packages, security updates and updates that cannot be had', () => {
    const count = (what: (answer: DnfAnswer) => boolean) => answers.filter(what).length
    const counts = {
      machines: answers.length,
      updates: answers.reduce((sum, { updates }) => sum + updates.length, 0),
      withUpdates: count(({ updates }) => updates.length > 0),
      withObsoletes: count(({ obsoletes }) => obsoletes.length > 0),
      withSecurity: count(({ security }) => security.length > 0),
      withBlocked: count(({ updates, run }) => (run ?? []).length < updates.length),
      bestFails: count(({ bestFailed }) => bestFailed !== undefined),
    }
    tellCount('real dnf', { ...counts, contested: contested.length })

    expect(counts.machines).toBe(worlds * MACHINES_A_WORLD)
    for (const one of ['withUpdates', 'withObsoletes', 'withSecurity', 'withBlocked'] as const)
      expect(counts[one]).toBeGreaterThan(counts.machines * 0.3)
  })
})

function listUpdates({ updates }: DnfAnswer): string[] {
  return [...new Set(updates.map(([name, architecture, evr]) => `${name}.${architecture} ${evr}`))].toSorted()
}

/** `name.arch  evr  repository`, up to the list of obsoleting packages; a long line is folded. */
function readCheckUpdate(text: string): string[] {
  const words = (text.split('Obsoleting Packages')[0] ?? '').split(/\s+/).filter((word) => word !== '')
  const entries = []
  for (let at = 0; at + 2 < words.length; at += 3) entries.push(`${words[at]} ${words[at + 1]}`)
  return [...new Set(entries)].toSorted()
}
