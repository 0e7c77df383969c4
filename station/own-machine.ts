import { hostname } from 'node:os'
import { readSystem } from './read-system.ts'
import type { Evidence } from '#shared/domain/evidence.ts'
import { isFault } from '#shared/domain/fault.ts'
import { recognisePackageSystem } from '#shared/domain/packaging/index.ts'

/** The machine that this process runs on, as its own evidence shows it. */
export interface OwnMachine {
  readonly name: string
  readonly evidence: Evidence
  readonly warnings: readonly string[]
  readonly packageSystem: string
  /** URLs of its repositories: what its administrator lets it fetch. */
  readonly sources: readonly string[]
}

/** null: a machine without a package system that we know. Broken evidence is not null: its fault comes out where it is checked. */
export async function findOwnMachine(): Promise<OwnMachine | null> {
  const { evidence, warnings } = await readSystem('/')
  return describeOwnMachine(evidence, warnings)
}

/** The same, from evidence of `/` that was read already. */
export function describeOwnMachine(evidence: Evidence, warnings: readonly string[]): OwnMachine | null {
  try {
    const system = recognisePackageSystem(evidence)
    return { name: ownName(), evidence, warnings, packageSystem: system.id, sources: sourcesOf(evidence, system) }
  } catch (error) {
    if (isFault(error, 'evidence_unrecognised')) return null
    throw error
  }
}

function sourcesOf(evidence: Evidence, system: ReturnType<typeof recognisePackageSystem>): string[] {
  try {
    return system.read(evidence).repositories.map((repository) => repository.title.split(' ')[0] ?? '')
  } catch {
    return []
  }
}

/** The host name as a machine name: lower case, without characters that names may not have. */
export function ownName(): string {
  const name = hostname()
    .toLowerCase()
    .replace(/[^a-z0-9._-]/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
    .replace(/\.{2,}/g, '.')
  return name === '' ? 'this-machine' : name.slice(0, 253)
}
