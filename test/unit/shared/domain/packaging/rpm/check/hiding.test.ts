import { describe, expect, it } from 'vitest'

import type { RpmLock, RpmModuleState, RpmPolicy } from '#shared/domain/packaging/rpm/model.ts'
import { checkMachine, moduleStream } from '#test/support/rpm-machine.ts'
import type { MachineWords } from '#test/support/rpm-machine.ts'

function look(words: MachineWords) {
  const { updates, hidden = [], local } = checkMachine(words)
  return {
    updates: updates.map(({ name, candidate }) => `${name} ${candidate}`),
    hidden: hidden.map(({ name, candidate, heldBackBy }) => `${name} ${candidate} ${heldBackBy.join()}`),
    local: local.map(({ name }) => name),
  }
}

function lock(pattern: string, kind: RpmLock['kind'], conditions: RpmLock['conditions'] = []): RpmLock {
  return { pattern, kind, conditions, place: 'etc/dnf/versionlock:1' }
}

describe('excludes', () => {
  const installed = ['foo-1.0-1.x86_64', 'foo-libs-1:1.0-1.x86_64', 'bar-1.0-1.x86_64']
  const base = ['foo-2.0-1.x86_64', 'foo-libs-1:2.0-1.x86_64', ['bar-2.0-1.x86_64', { provides: ['virtual'] }]] as const
  const excluded = (pattern: string, more: Partial<RpmPolicy> = {}) =>
    look({ installed, repositories: { base }, policy: { excludes: [pattern], ...more } })

  it.each([
    ['foo', ['foo']],
    ['foo*', ['foo', 'foo-libs']],
    ['f?o', ['foo']],
    ['[f]oo', ['foo']],
    ['foo.x86_64', ['foo']],
    ['foo.i686', []],
    ['foo-2.0', ['foo']],
    ['foo-2.0-1', ['foo']],
    ['foo-2.0-2', []],
    ['foo-2.0-1.x86_64', ['foo']],
    ['foo-0:2.0-1.x86_64', ['foo']],
    ['foo-libs-2.0-1.x86_64', ['foo-libs']],
    ['foo-libs-1:2.0-1', ['foo-libs']],
    ['foo-libs-2:2.0-1', []],
    ['*.x86_64', ['bar', 'foo', 'foo-libs']],
    ['virtual', []],
    ['FOO', []],
  ])('matches %s as dnf does', (pattern, names) => {
    const seen = excluded(pattern)

    expect(seen.hidden.map((entry) => entry.split(' ')[0])).toEqual(names)
    expect(seen.hidden.every((entry) => entry.endsWith(' excluded'))).toBe(true)
    expect(seen.updates).toHaveLength(3 - names.length)
  })

  it('reads a pattern in the first way that matches anything', () => {
    // As a name, `foo-*` matches foo-libs: then it is not read as foo with any version.
    expect(excluded('foo-*').hidden).toEqual(['foo-libs 1:2.0-1 excluded'])
    expect(excluded('bar-*').hidden).toEqual(['bar 2.0-1 excluded'])
  })

  it('does not take an excluded package for one that nobody offers', () => {
    expect(excluded('foo').local).toEqual([])
  })

  it('is not known to zypper', () => {
    expect(excluded('foo', { tool: 'zypper' })).toMatchObject({
      hidden: [],
      updates: expect.arrayContaining(['foo 2.0-1']),
    })
  })

  it('concerns only its own repository when it stands there', () => {
    const repositories = {
      one: { offers: ['foo-3.0-1.x86_64'], settings: { excludes: ['foo'] } },
      two: ['foo-2.0-1.x86_64'],
    }

    expect(look({ installed: ['foo-1.0-1.x86_64'], repositories })).toMatchObject({
      updates: ['foo 2.0-1'],
      hidden: ['foo 3.0-1 excluded'],
    })
  })

  it('leaves only what is included where there are includes', () => {
    expect(excluded('none', { includes: ['foo*'] })).toMatchObject({
      updates: ['foo 2.0-1', 'foo-libs 1:2.0-1'],
      hidden: ['bar 2.0-1 excluded'],
    })
    const one = { offers: ['foo-3.0-1.x86_64', 'bar-3.0-1.x86_64'], settings: { includes: ['bar'] } }
    const { updates } = look({ installed, repositories: { one, base } })

    expect(updates).toEqual(['bar 3.0-1', 'foo 2.0-1', 'foo-libs 1:2.0-1'])
  })

  it('lets what is excluded not count for the priority of a name', () => {
    const prio = { offers: ['foo-1.5-1.x86_64'], settings: { priority: 1, excludes: ['foo'] } }

    expect(look({ installed, repositories: { prio, base } }).updates).toContain('foo 2.0-1')
  })
})

describe('locks', () => {
  const installed = ['a-1.0-1.x86_64', 'b-1.0-1.x86_64']
  const base = ['a-1.5-1.x86_64', 'a-2.0-1.x86_64', 'b-2.0-1.x86_64']
  const locked = (locks: RpmLock[], policy: Partial<RpmPolicy> = {}) =>
    look({ installed, repositories: { base }, policy: { ...policy, locks } })

  it('keeps to the conditions of a lock', () => {
    expect(locked([lock('a', 'only', [{ key: 'evr', operator: '<', value: '2.0' }])])).toMatchObject({
      updates: ['a 1.5-1', 'b 2.0-1'],
      hidden: ['a 2.0-1 held'],
    })
  })

  it.each([
    [{ key: 'version', operator: '>=', value: '2.0' }, 'a 2.0-1'],
    [{ key: 'version', operator: '!=', value: '2.0' }, 'a 1.5-1'],
    [{ key: 'release', operator: '>', value: '0' }, 'a 2.0-1'],
    [{ key: 'epoch', operator: '=', value: '0' }, 'a 2.0-1'],
    [{ key: 'arch', operator: '=', value: 'x86_64' }, 'a 2.0-1'],
    [{ key: 'repository', operator: '=', value: 'base' }, 'a 2.0-1'],
    [{ key: 'evr', operator: '<=', value: '1.5-1' }, 'a 1.5-1'],
  ] as const)('understands the condition %o', (condition, update) => {
    expect(locked([lock('a', 'only', [condition])]).updates[0]).toBe(update)
  })

  it.each(['arch', 'repository'] as const)('hides all versions where the %s is another', (key) => {
    expect(locked([lock('a', 'only', [{ key, operator: '=', value: 'other' }])]).updates).toEqual(['b 2.0-1'])
  })

  it.each(['a-0:1.5-1.*', 'a-1.5-1.x86_64', 'a-1.5'])('takes only the version of dnf 4’s lock %s', (pattern) => {
    expect(locked([lock(pattern, 'only')], { tool: 'dnf4' })).toMatchObject({
      updates: ['a 1.5-1', 'b 2.0-1'],
      hidden: ['a 2.0-1 held'],
    })
  })

  it('hides every version of a name where the locked one is offered no longer', () => {
    expect(locked([lock('a-0:1.0-1.*', 'only')], { tool: 'dnf4' })).toMatchObject({
      updates: ['b 2.0-1'],
      hidden: ['a 2.0-1 held'],
    })
  })

  it('allows what any of several locks of a name allows, and never what another forbids', () => {
    const locks = [lock('a-1.0-1.*', 'only'), lock('a-1.5-1.*', 'only'), lock('a-2.0-1.*', 'only')]

    expect(locked(locks).updates).toContain('a 2.0-1')
    expect(locked([...locks, lock('a-2.0-1.x86_64', 'never')]).updates).toContain('a 1.5-1')
  })

  it('keeps what obsoletes a locked package away', () => {
    const repositories = { base: [['new-1.0-1.x86_64', { obsoletes: ['a'] }]] as const }
    const words = { installed, repositories }

    expect(checkMachine(words).replacements).toHaveLength(1)
    expect(checkMachine({ ...words, policy: { locks: [lock('a-1.0-1.*', 'only')] } }).replacements).toEqual([])
  })

  it('does not keep away what obsoletes other versions than the locked one', () => {
    const newer = {
      base: ['a-1.0-1.x86_64', 'a-2.0-1.x86_64', ['new-1.0-1.x86_64', { obsoletes: ['a < 2'] }] as const],
    }
    const words = { installed: ['a-1.0-1.x86_64'], repositories: newer }

    expect(
      checkMachine({ ...words, policy: { tool: 'dnf4', locks: [lock('a-2.0-1.*', 'only')] } }).replacements,
    ).toHaveLength(1)
    expect(
      checkMachine({ ...words, policy: { tool: 'dnf4', locks: [lock('a-1.0-1.*', 'only')] } }).replacements,
    ).toEqual([])
    expect(checkMachine({ ...words, policy: { tool: 'dnf4', locks: [lock('a', 'only')] } }).replacements).toEqual([])
  })

  it('leaves a lock of zypper in the list, which its update heeds', () => {
    const { updates } = checkMachine({
      installed,
      repositories: { base },
      policy: { tool: 'zypper', locks: [lock('a*', 'never')] },
    })

    expect(updates.map(({ name, heldBackBy }) => [name, heldBackBy])).toEqual([
      ['a', ['held']],
      ['b', []],
    ])
  })
})

describe('modules', () => {
  const httpd = 'httpd-1.0-1.x86_64'
  const streams = [
    moduleStream('web', '1', ['httpd-0:1.0-1.x86_64', 'httpd-0:1.1-1.x86_64']),
    moduleStream('web', '2', ['httpd-0:2.0-1.x86_64']),
  ]
  const app = {
    offers: [httpd, 'httpd-1.1-1.x86_64', 'httpd-2.0-1.x86_64'],
    modules: { defaults: new Map<string, string>(), streams },
  }
  const repositories = { app, base: ['httpd-9.0-1.x86_64'] }
  const modular = [[httpd, { module: 'web:1:20250101000000:c0ffee00' }]] as const
  const enabled = { modules: [{ name: 'web', stream: '1', state: 'enabled' }] } as const
  const withDefault = { ...app, modules: { streams, defaults: new Map([['web', '1']]) } }

  it('takes the enabled stream before higher versions of other streams and of no module, which are no updates', () => {
    expect(look({ installed: modular, repositories, policy: enabled })).toEqual({
      updates: ['httpd 1.1-1'],
      hidden: [],
      local: [],
    })
  })

  it('tells of what the very stream of a package has when that stream is not active', () => {
    const policy = { modules: [{ name: 'web', stream: '2', state: 'enabled' }] } as const
    const own = { ...app, offers: [httpd, 'httpd-1.1-1.x86_64'] }

    expect(look({ installed: modular, repositories: { app: own }, policy }).hidden).toEqual(['httpd 1.1-1 module'])
  })

  it('takes the default stream where none is enabled, and none where the module is disabled', () => {
    const words = { installed: modular, repositories: { ...repositories, app: withDefault } }

    expect(look(words).updates).toEqual(['httpd 1.1-1'])
    expect(look({ ...words, policy: { modules: [{ name: 'web', stream: '', state: 'disabled' }] } }).updates).toEqual([
      'httpd 9.0-1',
    ])
  })

  it('takes packages of no module where no stream is active, and tells nobody of the others', () => {
    expect(look({ installed: [httpd], repositories })).toMatchObject({ updates: ['httpd 9.0-1'], hidden: [] })
  })

  it('has no default stream where repositories differ on it', () => {
    const other = { offers: [], modules: { streams: [], defaults: new Map([['web', '2']]) } }

    expect(look({ installed: modular, repositories: { ...repositories, app: withDefault, other } }).updates).toEqual([
      'httpd 9.0-1',
    ])
  })

  it('hides a package of no module that provides the name of an active stream’s package', () => {
    const installed = [...modular, 'apache-1.0-1.x86_64']
    const base = [['apache-2.0-1.x86_64', { provides: ['httpd = 2.0'] }]] as const

    expect(look({ installed, repositories: { app, base }, policy: enabled })).toMatchObject({
      updates: ['httpd 1.1-1'],
      hidden: [],
    })
  })

  it('shows everything of a repository with module_hotfixes', () => {
    const base = { offers: ['httpd-9.0-1.x86_64'], settings: { moduleHotfixes: true } }

    expect(look({ installed: modular, repositories: { app, base }, policy: enabled }).updates).toEqual(['httpd 9.0-1'])
  })

  it('shows packages that a stream has let go', () => {
    const [first, second] = streams
    const released = [{ ...first!, demodularized: ['httpd'] }, second!]
    const modules = { defaults: new Map<string, string>(), streams: released }

    expect(
      look({ installed: modular, repositories: { ...repositories, app: { ...app, modules } }, policy: enabled })
        .updates,
    ).toEqual(['httpd 9.0-1'])
  })

  it('does not activate a default stream whose needs no active stream meets', () => {
    const needy = (wanted: string[]) => ({
      streams: streams.map((stream) => ({
        ...stream,
        requires: [
          new Map([
            ['perl', wanted],
            ['platform', ['el9']],
          ]),
        ],
      })),
      defaults: new Map([
        ['web', '1'],
        ['perl', '5.26'],
      ]),
    })
    const updates = (wanted: string[], perl: boolean) => {
      const modules = needy(wanted)
      const build = moduleStream('perl', '5.26', ['perl-0:5.26-1.x86_64'])
      const all = { ...modules, streams: [...modules.streams, ...(perl ? [build] : [])] }
      return look({ installed: modular, repositories: { ...repositories, app: { ...app, modules: all } } }).updates
    }

    expect(updates([], true)).toEqual(['httpd 1.1-1'])
    expect(updates(['5.26'], true)).toEqual(['httpd 1.1-1'])
    expect(updates(['-5.26'], true)).toEqual(['httpd 9.0-1'])
    expect(updates(['5.30'], true)).toEqual(['httpd 9.0-1'])
    expect(updates([], false)).toEqual(['httpd 9.0-1'])
  })

  it('does not activate an enabled stream either that needs a stream which the machine did not choose', () => {
    const needy = streams.map((stream) => ({ ...stream, requires: [new Map([['perl', ['5.30']]])] }))
    const builds = ['5.26', '5.30'].map((stream) => moduleStream('perl', stream, [`perl-0:${stream}-1.x86_64`]))
    const updates = (perl: RpmModuleState[], hasDefault = false) => {
      const defaults = new Map(hasDefault ? [['perl', '5.26']] : [])
      const modules = { defaults, streams: [...needy, ...builds] }
      const installed = [...modular, 'perl-5-1.x86_64']
      const offers = [...app.offers, 'perl-5.26-1.x86_64', 'perl-5.30-1.x86_64']
      const policy = { modules: [...enabled.modules, ...perl] }
      return look({ installed, repositories: { ...repositories, app: { offers, modules } }, policy }).updates
    }

    expect(updates([{ name: 'perl', stream: '5.30', state: 'enabled' }])).toEqual(['httpd 1.1-1', 'perl 5.30-1'])
    expect(updates([{ name: 'perl', stream: '5.26', state: 'enabled' }])).toEqual(['httpd 9.0-1', 'perl 5.26-1'])
    expect(updates([{ name: 'perl', stream: '', state: 'disabled' }])).toEqual(['httpd 9.0-1'])
    // Of a module that the machine says nothing of, the needed stream goes before the default one.
    expect(updates([])).toEqual(['httpd 1.1-1', 'perl 5.30-1'])
    expect(updates([], true)).toEqual(['httpd 1.1-1', 'perl 5.30-1'])
  })

  it('does not know what enabled streams hide that contradict each other', () => {
    const needy = streams.map((stream) => ({ ...stream, requires: [new Map([['perl', ['5.30']]])] }))
    const builds = ['5.26', '5.30'].map((stream) => moduleStream('perl', stream, [`perl-0:${stream}-1.x86_64`]))
    const modules = { defaults: new Map<string, string>(), streams: [...needy, ...builds] }
    const unknowns = (perl: RpmModuleState) =>
      checkMachine({
        installed: modular,
        repositories: { app: { offers: app.offers, modules } },
        policy: { modules: [...enabled.modules, perl] },
      }).unknowns

    expect(unknowns({ name: 'perl', stream: '5.26', state: 'enabled' })).toEqual([
      'etc/dnf/modules.d: enabled streams contradict each other (web:1 needs another stream of perl than 5.26): which one counts is not known.',
    ])
    expect(unknowns({ name: 'perl', stream: '5.30', state: 'enabled' })).toEqual([])
    expect(unknowns({ name: 'perl', stream: '', state: 'disabled' })).toEqual([])
  })

  it('activates what a default stream needs where the machine and the repositories say nothing of it', () => {
    const needy = streams.map((stream) => ({ ...stream, requires: [new Map([['perl', ['5.26']]])] }))
    const builds = [moduleStream('perl', '5.26', ['perl-0:5.26-1.x86_64'])]
    const modules = { defaults: new Map([['web', '1']]), streams: [...needy, ...builds] }
    const offers = [...app.offers, 'perl-5.26-1.x86_64']
    const words = {
      installed: [...modular, 'perl-5-1.x86_64'],
      repositories: { ...repositories, app: { offers, modules } },
    }

    expect(look(words).updates).toEqual(['httpd 1.1-1', 'perl 5.26-1'])
  })

  it('filters nothing where no repository has modules, and nothing with zypper', () => {
    const orphan = { app: ['httpd-1.1-1.x86_64'] }

    expect(look({ installed: modular, repositories: orphan, policy: enabled }).updates).toEqual(['httpd 1.1-1'])
    expect(look({ installed: modular, repositories, policy: { ...enabled, tool: 'zypper' } }).updates).toEqual([
      'httpd 9.0-1',
    ])
  })
})
