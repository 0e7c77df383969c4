import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Random } from '../apt-world/random.ts'
import { runOrThrow } from '../apt-world/run.ts'
import { type AdvisoryPlan, makeAdvisories, writeUpdateInfo } from './advisories.ts'
import type { Family } from './family.ts'
import { type ModulePlan, writeModules } from './modules.ts'
import { type BuiltPackage, fileNameOf, ownProvide } from './package.ts'
import { makeRpmFile } from './rpm-file.ts'
import { rebuild } from './versions.ts'

/** One repository of a world, as it is after its updates. */
export interface RepositoryPlan {
  readonly id: string
  readonly packages: readonly BuiltPackage[]
  readonly modules: readonly ModulePlan[]
  readonly advisories: readonly AdvisoryPlan[]
  readonly compression: 'gz' | 'xz' | 'bz2'
}

export const HOST = 'mirror.example.org'

/** Four repositories: what was released, its updates, modules, and a third party's packages of partly the same names. */
export function makeRepositories(
  random: Random,
  families: readonly Family[],
  modules: readonly ModulePlan[],
): RepositoryPlan[] {
  const released = families.flatMap(({ eras }) => eras.slice(0, 2).flat())
  const later = families.flatMap(({ eras }) => eras.slice(random.int(1, 2)))
  const updates = later.flat().filter(() => random.chance(0.94))
  const foreign = random
    .some(families, 0.3)
    .flatMap(({ eras }) => random.pick(eras))
    .map((built) => (random.chance(0.75) ? rebuiltElsewhere(built) : built))
  const modular = modules.flatMap(({ builds }) => builds.flatMap(({ packages }) => packages))
  const moduleReleases = modules.flatMap(({ builds }) => builds.map(({ packages }) => packages))

  const compression = () => random.pick(['gz', 'gz', 'xz', 'bz2'] as const)
  const plan = (id: string, packages: readonly BuiltPackage[], more: Partial<RepositoryPlan> = {}): RepositoryPlan => ({
    id,
    packages: unique(packages),
    modules: [],
    advisories: [],
    compression: compression(),
    ...more,
  })
  return [
    plan('base', released),
    plan('updates', updates, { advisories: makeAdvisories(random.fork('updates'), 'HBSA', later, 0.6) }),
    plan('streams', modular, {
      modules,
      advisories: makeAdvisories(random.fork('streams'), 'HBMA', moduleReleases, 0.4),
    }),
    plan('extras', foreign, {
      advisories: makeAdvisories(
        random.fork('extras'),
        'HBEA',
        foreign.map((built) => [built]),
        0.2,
      ),
    }),
  ]
}

function rebuiltElsewhere(built: BuiltPackage): BuiltPackage {
  const version = rebuild(built, 'ext')
  const provides = [ownProvide({ name: built.name, ...version }), ...built.provides.slice(1)]
  return { ...built, ...version, provides, vendor: 'Far Shore Ltd.' }
}

function unique(packages: readonly BuiltPackage[]): BuiltPackage[] {
  return [...new Map(packages.map((built) => [fileNameOf(built), built])).values()]
}

/** Writes a repository below `mirror/HOST/ID/` by the real createrepo_c. */
export async function publishRepository(mirror: string, plan: RepositoryPlan): Promise<void> {
  const folder = join(mirror, HOST, plan.id)
  mkdirSync(join(folder, 'Packages'), { recursive: true })
  for (const built of plan.packages)
    writeFileSync(join(folder, 'Packages', `${fileNameOf(built)}.rpm`), makeRpmFile(built))
  const compress = ['--general-compress-type', plan.compression]
  await runOrThrow('createrepo_c', ['--quiet', '--no-database', ...compress, '--workers', '1', folder])
  if (plan.advisories.length > 0) await addData(folder, 'updateinfo.xml', writeUpdateInfo(plan.advisories), plan)
  if (plan.modules.length > 0) await addData(folder, 'modules.yaml', writeModules(plan.modules), plan)
}

async function addData(folder: string, name: string, text: string, plan: RepositoryPlan): Promise<void> {
  const file = join(folder, name)
  writeFileSync(file, text)
  await runOrThrow('modifyrepo_c', ['--compress-type', plan.compression, file, join(folder, 'repodata')])
}
