import { describe, expect, it } from 'vitest'
import { findActiveModules } from '#shared/domain/packaging/rpm/check/active-modules.ts'
import type { RpmModuleStream } from '#shared/domain/packaging/rpm/model.ts'
import { MODULE_BOUNDS, openModuleBounds } from '#shared/domain/packaging/rpm/refresh/module-bounds.ts'
import { openRpmRefreshWorld } from '#test/support/rpm-refresh-world.ts'
import { makeYumFiles } from '#test/support/yum-files.ts'

function build(changes: Partial<RpmModuleStream>): RpmModuleStream {
  return {
    name: 'web',
    stream: '1',
    version: '1',
    context: '',
    architecture: 'x86_64',
    artifacts: [],
    demodularized: [],
    requires: [],
    ...changes,
  }
}

/** After how many of them, one after another, it is refused, and with which words. */
function refusal(make: (index: number) => RpmModuleStream): string {
  const bounds = openModuleBounds('modules.yaml')
  for (let index = 0; index < 1_000_000; index += 1) {
    try {
      bounds.check(make(index), index)
    } catch (error) {
      return `${index}: ${error instanceof Error ? error.message : ''}`
    }
  }
  return 'never'
}

/** Five thousand builds of 300 modules, each of which needs the next one's, and the last of which needs one that is not there. */
const CHAIN = Array.from({ length: MODULE_BOUNDS.builds }, (_, index) => {
  const module = index % MODULE_BOUNDS.modules
  return build({ name: `m${module}`, version: String(index), requires: [new Map([[`m${module + 1}`, ['1']]])] })
})

const yamlOf = (count: number) =>
  Array.from(
    { length: count },
    (_, index) => `---\ndocument: modulemd\nversion: 2\ndata: {name: m${index}, stream: '1'}\n...\n`,
  ).join('')

describe('the module data of a repository', () => {
  it.each([
    ['modules', (index: number) => build({ name: `m${index}` }), '300: The file has more modules'],
    [
      'streams of one module',
      (index: number) => build({ stream: `${index}` }),
      '100: The file has more streams of one module',
    ],
    ['builds', (index: number) => build({ version: `${index}` }), '5000: The file has more module builds'],
    [
      'needs',
      () => build({ requires: [new Map([['a', ['1', '2', '3', '4']]])] }),
      '4166: The file has more needs of modules',
    ],
    [
      'artifacts',
      () => build({ artifacts: Array.from({ length: 1000 }, () => 'a') }),
      '500: The file has more module artifacts',
    ],
    [
      'streams of one artifact',
      (index: number) => build({ stream: `${index}`, artifacts: ['a'] }),
      '20: The file has more streams of one artifact',
    ],
  ])('with too many %s is refused as soon as that is known', (_, make, words) => {
    expect(refusal(make)).toContain(words)
  })

  it('with builds that contradict each other all along is checked in time', { timeout: 60_000 }, () => {
    const bounds = openModuleBounds('modules.yaml')
    for (const [index, one] of CHAIN.entries()) bounds.check(one, index)
    const states = CHAIN.map(({ name }) => ({ name, stream: '1', state: 'enabled' as const }))
    const started = process.cpuUsage()
    const { builds } = findActiveModules([{ defaults: new Map(), streams: CHAIN }], states)
    const { user, system } = process.cpuUsage(started)

    expect(builds.size).toBe(0)
    expect((user + system) / 1_000_000).toBeLessThan(10)
  })

  it('of too many modules leaves a gap, so that nothing is clean', async () => {
    const world = openRpmRefreshWorld()
    world.serve(makeYumFiles({ modules: yamlOf(MODULE_BOUNDS.modules) }))
    expect((await world.refreshed()).gaps).toEqual([])

    world.serve(makeYumFiles({ modules: yamlOf(MODULE_BOUNDS.modules + 1) }))
    expect((await world.refreshed()).gaps.join()).toContain('more modules than any repository may')
  })
})
