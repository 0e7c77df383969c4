import { checkRpm } from '#shared/domain/packaging/rpm/check/check.ts'
import type {
  RpmAdvisory,
  RpmAdvisoryPackage,
  RpmList,
  RpmModules,
  RpmModuleStream,
  RpmOffer,
  RpmPackage,
  RpmPolicy,
  RpmRelation,
  RpmRelations,
  RpmRepository,
  RpmRepositoryPolicy,
  RpmSnapshot,
} from '#shared/domain/packaging/rpm/model.ts'
import type { CheckOutcome } from '#shared/domain/packaging/update.ts'

/** What a package says beside its name and version; relations as rpm prints them: `foo >= 1.0`. */
export interface Details {
  readonly provides?: readonly string[]
  readonly requires?: readonly string[]
  readonly conflicts?: readonly string[]
  readonly obsoletes?: readonly string[]
  readonly vendor?: string
  readonly module?: string
  readonly sourceRpm?: string
  readonly files?: readonly string[]
}

export type Described = string | readonly [nevra: string, details: Details]

/** A machine with what its repositories offer, written down in a few lines. */
export interface MachineWords {
  readonly installed: readonly Described[]
  readonly repositories: Readonly<Record<string, readonly Described[] | RepositoryWords | null>>
  readonly policy?: Partial<RpmPolicy>
  readonly architecture?: string
  readonly runningKernel?: string | null
  readonly problems?: readonly string[]
  /** The evidence holds a bare list of names. */
  readonly withoutRelations?: boolean
}

export interface RepositoryWords {
  readonly offers: readonly Described[]
  readonly settings?: Partial<RpmRepositoryPolicy>
  readonly advisories?: readonly AdvisoryWords[]
  readonly modules?: RpmModules
  readonly gaps?: readonly string[]
}

export interface AdvisoryWords extends Partial<RpmAdvisory> {
  readonly packages: readonly string[]
  readonly module?: string
}

/** Checks it with the rules of one tool; dnf5 unless the policy says otherwise. */
export function checkMachine(words: MachineWords): CheckOutcome {
  const sections = Object.entries(words.repositories).map(([section, said]) => describeSection(section, said))
  const lists = new Map(
    sections.flatMap(({ snapshot, list }) => snapshot?.lists.map(({ key }) => [key, list] as const) ?? []),
  )
  return checkRpm({
    inventory: {
      architecture: words.architecture ?? 'x86_64',
      packages: words.installed.map((described) => readInstalled(described, words.withoutRelations === true)),
      runningKernel: words.runningKernel ?? null,
    },
    policy: { ...POLICY, repositories: sections.map(({ settings }) => settings), ...words.policy },
    machineId: null,
    sources: sections,
    lists,
    problems: words.problems ?? [],
  })
}

const POLICY: RpmPolicy = {
  tool: 'dnf5',
  toolVersion: null,
  releasever: '9',
  excludes: [],
  includes: [],
  installOnly: ['kernel', 'kernel-core', 'installonlypkg(kernel)', 'multiversion(kernel)'],
  allowVendorChange: true,
  vendorGroups: [],
  best: false,
  obsoletes: true,
  multilib: 'best',
  locks: [],
  modules: [],
  repositories: [],
}

function describeSection(section: string, said: readonly Described[] | RepositoryWords | null) {
  const words: RepositoryWords = said === null ? { offers: [] } : 'offers' in said ? said : { offers: said }
  const repository: RpmRepository = {
    id: section,
    packageSystem: 'rpm',
    title: `http://mirror.example.org/${section}`,
    unreachable: null,
    baseUrls: [`http://mirror.example.org/${section}/`],
    mirrorList: null,
    metalink: null,
    demandsSignature: false,
    keyrings: [],
    needsEntitlement: false,
  }
  const settings: RpmRepositoryPolicy = {
    section,
    repositoryId: section,
    priority: 99,
    cost: 1000,
    excludes: [],
    includes: [],
    moduleHotfixes: false,
    skipIfUnavailable: false,
    place: `etc/yum.repos.d/${section}.repo:1`,
    ...words.settings,
  }
  const list = openMemoryList(words)
  const snapshot = said === null ? null : describeSnapshot(section, list.packages, words.gaps ?? [])
  return { repository, settings, snapshot, list }
}

function describeSnapshot(section: string, packages: number, gaps: readonly string[]): RpmSnapshot {
  return {
    repositoryId: section,
    digest: section,
    lists: [{ key: section, packages }],
    gaps,
    warnings: [],
    verification: 'verified',
    publishedAt: null,
    validUntil: null,
    repomd: { sha256: '', revision: '1', timestamp: null, url: '', etag: null, lastModified: null },
    signedBy: [],
    trustedUntil: null,
  }
}

/** A list that is nothing but its words. */
export function openMemoryList(words: RepositoryWords): RpmList {
  const offers = words.offers.map(readOffer)
  const advisories = (words.advisories ?? []).flatMap(readAdvisory)
  const namesWith = (holds: (offer: RpmOffer) => boolean) => [...new Set(offers.filter(holds).map(({ name }) => name))]
  return {
    packages: offers.length,
    find: (name) => offers.filter((offer) => offer.name === name),
    findProviders: (capability) =>
      namesWith(
        ({ relations, files }) =>
          relations.provides.some(({ name }) => name === capability) || files.includes(capability),
      ),
    findObsoleters: (name) =>
      namesWith(({ relations }) => relations.obsoletes.some((relation) => relation.name === name)),
    names: () => new Set(offers.map(({ name }) => name)),
    hasAdvisories: words.advisories !== undefined,
    advisoriesOf: (name) => advisories.filter((entry) => entry.name === name),
    modules: words.modules ?? null,
  }
}

/** `name:stream`, the builds' artifacts and what else is said of it. */
export function moduleStream(
  name: string,
  stream: string,
  artifacts: readonly string[],
  more: Partial<RpmModuleStream> = {},
): RpmModuleStream {
  const build = { version: '1', context: 'c0ffee00', architecture: 'x86_64', demodularized: [], requires: [] }
  return { name, stream, artifacts, ...build, ...more }
}

function readInstalled(described: Described, withoutRelations: boolean): RpmPackage {
  const [nevra, details] = split(described)
  const named = readNevra(nevra)
  return {
    ...named,
    sourceRpm: details.sourceRpm ?? '',
    vendor: details.vendor ?? 'Vendor A',
    installedAt: null,
    module: details.module ?? '',
    relations: withoutRelations ? null : readRelations(named, details),
  }
}

function readOffer(described: Described): RpmOffer {
  const [nevra, details] = split(described)
  const named = readNevra(nevra)
  return {
    ...named,
    sourceRpm: details.sourceRpm ?? `${named.name}-${named.version}-${named.release}.src.rpm`,
    vendor: details.vendor ?? 'Vendor A',
    buildTime: null,
    relations: readRelations(named, details),
    files: details.files ?? [],
  }
}

function split(described: Described): readonly [string, Details] {
  return typeof described === 'string' ? [described, {}] : described
}

/** `name-[epoch:]version-release.architecture` */
function readNevra(nevra: string) {
  const read = /^(.+)-(?:(\d+):)?([^-]+)-([^-]+)\.([^.]+)$/.exec(nevra)
  if (read === null) throw new Error(`not a package: ${nevra}`)

  const [, name = '', epoch, version = '', release = '', architecture = ''] = read
  return { name, epoch: epoch === undefined ? null : Number(epoch), version, release, architecture }
}

function readRelations(named: ReturnType<typeof readNevra>, details: Details): RpmRelations {
  const evr = `${named.epoch ?? 0}:${named.version}-${named.release}`
  return {
    provides: [{ name: named.name, operator: '=', evr }, ...(details.provides ?? []).map(readRelation)],
    requires: (details.requires ?? []).map(readRelation),
    conflicts: (details.conflicts ?? []).map(readRelation),
    obsoletes: (details.obsoletes ?? []).map(readRelation),
  }
}

function readRelation(text: string): RpmRelation {
  const read = /^(\S+) (<|<=|=|>=|>) (\S+)$/.exec(text)
  if (text.startsWith('(') || read === null) return { name: text, operator: '', evr: '' }

  const [, name = '', operator = '', evr = ''] = read
  return { name, operator: operator as RpmRelation['operator'], evr }
}

function readAdvisory({ packages, module = '', ...words }: AdvisoryWords): RpmAdvisoryPackage[] {
  const advisory: RpmAdvisory = {
    id: 'ADV-1',
    kind: 'security',
    severity: 'unknown',
    status: 'final',
    cves: [],
    bugs: [],
    rebootSuggested: false,
    ...words,
  }
  return packages.map((nevra) => ({ ...readNevra(nevra), advisory, module }))
}
