import type { Evidence } from '../evidence.ts'
import { Fault } from '../fault.ts'
import { aptPackageSystem } from './apt/index.ts'
import type { PackageSystem } from './package-system.ts'
import { rpmPackageSystem } from './rpm/index.ts'

/** Every package system of this build. Adding one = one folder and one line here. */
const packageSystems = [aptPackageSystem, rpmPackageSystem] as const

/** The ids of all package systems, for help and errors. */
export function listPackageSystems(): readonly string[] {
  return packageSystems.map((system) => system.id)
}

/** The package system that recognises the evidence. @throws Fault `evidence_unrecognised` */
export function recognisePackageSystem(evidence: Evidence): PackageSystem {
  const found = (packageSystems as readonly PackageSystem[]).filter((system) => system.recognises(evidence))
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  // A tool of the other family can be installed as a package, with a database of its own that is empty or nearly so.
  if (found.length > 1)
    return found.reduce((most, system) => (count(system, evidence) > count(most, evidence) ? system : most))

  throw new Fault(
    'evidence_unrecognised',
    'The evidence holds neither var/lib/dpkg/status nor an rpm database or listing: no package system recognises it.',
  )
}

/** Packages installed, none where only an empty database is there; more than any where it cannot be read, so that damage is not passed over. */
function count(system: PackageSystem, evidence: Evidence): number {
  try {
    return system.isEmpty(evidence) ? 0 : system.read(evidence).system.packages
  } catch {
    return Number.MAX_SAFE_INTEGER
  }
}

/** @throws Fault `data_damaged` for an id that this build does not know */
export function getPackageSystem(id: string): PackageSystem {
  const found = packageSystems.find((system) => system.id === id)
  if (found === undefined) throw new Fault('data_damaged', `This build knows no package system "${id}".`)

  return found
}

/** Further files that the evidence itself names, for any package system that recognises it. */
export function listNamedFiles(evidence: Evidence): readonly string[] {
  return packageSystems
    .filter((system) => system.recognises(evidence))
    .flatMap((system) => system.listNamedFiles(evidence))
}

/** The evidence, small enough to be sent and kept: for the package system that recognises it. Evidence that none does stays as it is. */
export function condenseEvidence(evidence: Evidence): Evidence {
  const recognising = packageSystems.filter((system) => system.recognises(evidence))
  return recognising.reduce((found, system) => system.condense(found), evidence)
}

/** Files that are evidence for any package system, as `PackageSystem.evidencePaths` says. */
export function listEvidencePaths(): readonly string[] {
  return [...new Set(packageSystems.flatMap((system) => system.evidencePaths))]
}

/** The folders of the object store that hold package systems' lists, each with a slash at its end. */
export function listFoldersOfLists(): readonly string[] {
  return packageSystems.map((system) => `${system.id}/lists/`)
}

/** Is this path evidence? For readers that meet more files than they should keep. */
export function isEvidencePath(path: string): boolean {
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  return (
    WANTED.has(path) ||
    (folder !== '' && WANTED.has(folder)) ||
    packageSystems.some((system) => system.mayBeNamed(path))
  )
}

const WANTED = new Set(listEvidencePaths())
