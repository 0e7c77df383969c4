import { sha256 } from '#shared/domain/canonical-json.ts'
import type { Evidence } from '#shared/domain/evidence.ts'
import { recognisePackageSystem } from '#shared/domain/packaging/index.ts'
import { identifySubject } from '#shared/domain/subject.ts'
import type { Subject } from '#shared/domain/subject.ts'
import type { Understood } from './computing.ts'
import { encodeNames } from './inventory-names.ts'

/**
 * Everything that the evidence says, named by content. Pure.
 * @throws Fault `evidence_malformed`, `evidence_unrecognised`, `evidence_too_large`, `quota_exceeded`
 */
export function understand(evidence: Evidence): Understood {
  const system = recognisePackageSystem(evidence)
  const read = system.read(evidence)
  const inventoryBytes = system.encodeInventory(read.inventory)
  const inventoryId = sha256(inventoryBytes)
  const subject: Subject = {
    packageSystem: system.id,
    inventory: inventoryId,
    policy: read.policy,
    repositories: read.repositories.map((repository) => ({ ...repository })),
    problems: [...read.problems],
  }
  return {
    inventoryBytes,
    inventoryId,
    names: encodeNames(system.listPackages(read.inventory).map((face) => face.name)),
    subject,
    subjectId: identifySubject(subject),
    keyrings: read.keyrings,
    system: read.system,
    warnings: read.warnings,
  }
}
