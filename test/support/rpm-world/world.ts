import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { openRandom } from '../apt-world/random.ts'
import { build, type Family, type FamilyKind, makeFamily, relation } from './family.ts'
import { makeModule, type ModulePlan } from './modules.ts'
import type { BuiltPackage } from './package.ts'
import { makeRepositories, publishRepository, type RepositoryPlan } from './repositories.ts'

/** Repositories on disk and everything that was ever built for them. */
export interface RpmWorld {
  readonly seed: string
  readonly families: readonly Family[]
  readonly modules: readonly ModulePlan[]
  readonly repositories: readonly RepositoryPlan[]
  /** On every machine: the release, and a shell. */
  readonly foundation: readonly BuiltPackage[]
  /** Holds one folder for each host. */
  readonly mirror: string
}

const NAMES = [
  'anchor',
  'ballast',
  'beacon',
  'bilge',
  'binnacle',
  'bowline',
  'capstan',
  'cleat',
  'compass',
  'davit',
  'fathom',
  'fender',
  'galley',
  'gimbal',
  'halyard',
  'hawser',
  'jetty',
  'keel',
  'lantern',
  'mast',
  'mooring',
  'oar',
  'pennant',
  'quay',
  'rudder',
  'sextant',
  'shoal',
  'spar',
  'tiller',
  'windlass',
] as const

const KINDS: readonly FamilyKind[] = [
  'plain',
  'plain',
  'plain',
  'plain',
  'suite',
  'suite',
  'multilib',
  'multilib',
  'switch',
  'renamed',
  'split',
  'broken',
  'broken',
  'conflict',
]

const MODULES = ['chartd', 'tidedb', 'signal'] as const

/** Makes the world of a seed and writes its repositories below `folder`. */
export async function makeRpmWorld(seed: string, folder: string): Promise<RpmWorld> {
  const world = { ...planRpmWorld(seed), mirror: join(folder, 'mirror') }
  mkdirSync(world.mirror, { recursive: true })
  for (const plan of world.repositories) await publishRepository(world.mirror, plan)
  return world
}

/** The world of a seed, with nothing written yet. */
export function planRpmWorld(seed: string): RpmWorld {
  const random = openRandom(seed)
  const modules: ModulePlan[] = []
  for (const name of random.some(MODULES, 0.8)) modules.push(makeModule(random.fork(name), name, modules))

  const families: Family[] = []
  const add = (name: string, kind: FamilyKind) =>
    families.push(makeFamily(random.fork(`${name}/${kind}`), name, kind, families))
  for (const name of random.shuffle(NAMES).slice(0, 22)) add(name, random.pick(KINDS))
  add('kernel', 'kernel')
  if (random.chance(0.6)) add('kmod-sonar', 'driver')
  // Packages of no module with a module's names: hidden while a stream is active.
  for (const name of random.some(MODULES, 0.4)) add(name, 'plain')

  const repositories = makeRepositories(random.fork('repositories'), families, modules)
  return { seed, families, modules, repositories, foundation: FOUNDATION, mirror: '' }
}

const FOUNDATION = [
  build('harbour-release', { epoch: null, version: '9.4', release: '1' }, 'noarch', {
    provides: [relation('system-release', '=', '9.4-1'), relation('system-release(releasever)', '=', '9')],
  }),
  build('bash', { epoch: null, version: '5.2.26', release: '4' }, 'x86_64', { files: ['/usr/bin/bash', '/bin/sh'] }),
]
