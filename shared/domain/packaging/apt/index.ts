import type { ListSource, PackageSystem, Snapshot } from '../package-system.ts'
import { APT_COMMANDS } from './commands.ts'
import { aptDependsOnIdentity, checkApt } from './check/check.ts'
import { differenceOfSnapshots } from './refresh/difference.ts'
import { decodeAptInventory, encodeAptInventory } from './evidence/inventory-codec.ts'
import { openAptList } from './refresh/list-format.ts'
import type { AptInventory, AptList, AptPolicy, AptRepository } from './model.ts'
import { isKeyFileName, listNamedFiles } from './evidence/named-files.ts'
import { APT_EVIDENCE_PATHS, holdsNoEntry, readAptEvidence, recognisesApt } from './evidence/read-evidence.ts'
import { compareAptVersions } from './version.ts'

/** Debian's package system: dpkg's database, apt's sources, preferences and rules. */
export const aptPackageSystem = {
  id: 'apt',
  engineVersion: 'apt/1',
  evidencePaths: APT_EVIDENCE_PATHS,
  listNamedFiles,
  mayBeNamed: isKeyFileName,
  recognises: recognisesApt,
  isEmpty: holdsNoEntry,
  condense: (evidence) => evidence,
  read: readAptEvidence,
  listPackages: (inventory) => inventory.packages,
  encodeInventory: encodeAptInventory,
  decodeInventory: decodeAptInventory,
  compareVersions: compareAptVersions,
  // Loaded where there is something to fetch: a check from stored snapshots does without.
  refresh: async (repository, tools) => (await import('./refresh/refresh.ts')).refreshAptRepository(repository, tools),
  openList: openAptList,
  offers: (list, name) => (list as AptList).find(name).length > 0,
  difference: (before: Snapshot | null, after: Snapshot, lists: ListSource) =>
    differenceOfSnapshots(before, after, lists),
  check: checkApt,
  dependsOnIdentity: aptDependsOnIdentity,
  commands: () => APT_COMMANDS,
} satisfies PackageSystem<AptInventory, AptPolicy, AptRepository>
