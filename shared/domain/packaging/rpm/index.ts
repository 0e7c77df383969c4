import type { ListSource, PackageSystem, Snapshot } from '../package-system.ts'
import { checkRpm } from './check/check.ts'
import { rpmCommands } from './commands.ts'
import { condenseRpmEvidence } from './evidence/condense.ts'
import { decodeRpmInventory, encodeRpmInventory } from './evidence/inventory-codec.ts'
import { listNamedRpmFiles, mayBeNamedRpmFile } from './evidence/named-files.ts'
import { RPM_EVIDENCE_PATHS, readRpmEvidence, recognisesRpm } from './evidence/read-evidence.ts'
import type { RpmInventory, RpmList, RpmPolicy, RpmRepository } from './model.ts'
import { differenceOfRpmSnapshots } from './refresh/difference.ts'
import { openRpmList } from './refresh/list-format.ts'
import { compareRpmVersions, formatEvr } from './version.ts'

/** The package system of Fedora, Red Hat, SUSE and their kin: rpm's database, and the rules of dnf, yum or zypper. */
export const rpmPackageSystem = {
  id: 'rpm',
  engineVersion: 'rpm/2',
  evidencePaths: RPM_EVIDENCE_PATHS,
  listNamedFiles: listNamedRpmFiles,
  mayBeNamed: mayBeNamedRpmFile,
  recognises: recognisesRpm,
  isEmpty: (evidence) => !recognisesRpm(condenseRpmEvidence(evidence)),
  condense: condenseRpmEvidence,
  read: readRpmEvidence,
  listPackages: (inventory) => inventory.packages.map((one) => ({ ...one, version: formatEvr(one) })),
  encodeInventory: encodeRpmInventory,
  decodeInventory: decodeRpmInventory,
  compareVersions: compareRpmVersions,
  // Loaded where there is something to fetch: a check from stored snapshots does without.
  refresh: async (repository, tools) => (await import('./refresh/refresh.ts')).refreshRpmRepository(repository, tools),
  openList: openRpmList,
  offers: (list, name) => (list as RpmList).find(name).length > 0,
  difference: (before: Snapshot | null, after: Snapshot, lists: ListSource) =>
    differenceOfRpmSnapshots(before, after, lists),
  check: checkRpm,
  dependsOnIdentity: () => false,
  commands: rpmCommands,
} satisfies PackageSystem<RpmInventory, RpmPolicy, RpmRepository>
