/** One relation as a spec file would have it: `name`, or `name = 1.0-1`. */
export interface PlannedRelation {
  readonly name: string
  readonly operator: '' | '<' | '<=' | '=' | '>=' | '>'
  readonly evr: string
}

/** A package that was built: what its header, and a repository's primary.xml, say of it. */
export interface BuiltPackage {
  readonly name: string
  readonly epoch: number | null
  readonly version: string
  readonly release: string
  readonly architecture: string
  readonly sourceRpm: string
  readonly vendor: string
  readonly buildTime: number
  /** `module:stream:version:context`, '' where none. */
  readonly module: string
  readonly provides: readonly PlannedRelation[]
  readonly requires: readonly PlannedRelation[]
  readonly conflicts: readonly PlannedRelation[]
  readonly obsoletes: readonly PlannedRelation[]
  /** Absolute paths. */
  readonly files: readonly string[]
}

/** rpm's bits of a relation: 2 less, 4 greater, 8 equal. */
export function flagsOf(operator: PlannedRelation['operator']): number {
  return (operator.includes('<') ? 2 : 0) | (operator.includes('>') ? 4 : 0) | (operator.includes('=') ? 8 : 0)
}

/** `[epoch:]version-release`, the epoch only where it is not 0: as dnf prints it. */
export function evrOf(built: Pick<BuiltPackage, 'epoch' | 'version' | 'release'>): string {
  const epoch = built.epoch === null || built.epoch === 0 ? '' : `${built.epoch}:`
  return `${epoch}${built.version}-${built.release}`
}

/** `name-version-release.architecture`, without the epoch: the file's name without `.rpm`. */
export function fileNameOf(built: BuiltPackage): string {
  return `${built.name}-${built.version}-${built.release}.${built.architecture}`
}

/** `name = evr`, which every package provides by itself. */
export function ownProvide(built: Pick<BuiltPackage, 'name' | 'epoch' | 'version' | 'release'>): PlannedRelation {
  const epoch = built.epoch === null ? '' : `${built.epoch}:`
  return { name: built.name, operator: '=', evr: `${epoch}${built.version}-${built.release}` }
}
