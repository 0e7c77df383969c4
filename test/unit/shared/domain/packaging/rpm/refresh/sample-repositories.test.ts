import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openRpmRefreshWorld, type RpmRefreshWorld } from '#test/support/rpm-refresh-world.ts'
import { repositoryRoot } from '#test/support/samples.ts'

const samples = join(dirname(repositoryRoot), 'shared/samples/pkg')
const hasSamples = existsSync(samples)

/** A world that serves what lies in a folder with a `repodata` folder, or in a `repodata` folder itself. */
function serveFolder(folder: string): RpmRefreshWorld {
  const world = openRpmRefreshWorld()
  const files = new Map(readdirSync(folder).map((name) => [`repodata/${name}`, readFileSync(join(folder, name))]))
  world.serve(files)
  return world
}

const scenarios = hasSamples
  ? readdirSync(join(samples, 'scenarios-rpm')).flatMap((scenario) => {
      const repos = join(samples, 'scenarios-rpm', scenario, 'repos')
      return existsSync(repos)
        ? readdirSync(repos).map((name) => ({ name: `${scenario}/${name}`, folder: join(repos, name, 'repodata') }))
        : []
    })
  : []

describe.skipIf(!hasSamples)('a sample repository (skipped where the research samples are absent)', () => {
  it('is there in numbers', () => {
    expect(scenarios.length).toBeGreaterThan(30)
  })

  it.each(scenarios)('$name is read whole', async ({ folder }) => {
    const world = serveFolder(folder)
    const snapshot = await world.refreshed()

    expect(snapshot).toMatchObject({ gaps: [], verification: 'trusted-by-option' })
    expect(snapshot.warnings).toHaveLength(1)
    const list = world.list()
    expect([...list.names()].flatMap((name) => list.find(name)).length).toBe(list.packages)
  })
})
