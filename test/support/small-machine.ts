import { checkApt } from '#shared/domain/packaging/apt/check/check.ts'
import type {
  AptInventory,
  AptList,
  AptOffer,
  AptPackage,
  AptPin,
  AptPolicy,
  AptRelations,
  AptRelease,
  AptRepository,
  AptSnapshot,
} from '#shared/domain/packaging/apt/model.ts'
import type { AptCheckInput } from '#shared/domain/packaging/apt/check/offers.ts'
import type { CheckOutcome } from '#shared/domain/packaging/update.ts'

/** A machine in memory, told in a few words, for tests of apt's rules. */
export interface SmallMachine {
  readonly installed: readonly Told<AptPackage>[]
  readonly repositories: readonly SmallRepository[]
  readonly policy?: Partial<AptPolicy>
  readonly foreign?: readonly string[]
  readonly machineId?: string
  readonly problems?: readonly string[]
}

export interface SmallRepository {
  readonly suite?: string
  readonly uri?: string
  readonly offers: readonly Told<AptOffer>[]
  readonly release?: Partial<AptRelease> | null
  readonly gaps?: readonly string[]
  readonly warnings?: readonly string[]
  /** Never fetched. */
  readonly isMissing?: boolean
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
}

type Told<Entry extends AptOffer | AptPackage> = Omit<Partial<Entry>, 'relations'> &
  Partial<AptRelations> & { readonly name: string; readonly version: string }

export function checkSmall(machine: SmallMachine): CheckOutcome {
  return checkApt(openSmall(machine))
}

/** The machine as the check takes it. */
export function openSmall(machine: SmallMachine): AptCheckInput {
  const lists = new Map<string, AptList>()
  const sources = machine.repositories.map((told, index) => {
    const key = `list-${index}`
    lists.set(key, makeList(told.offers))
    return { repository: makeRepository(told), snapshot: told.isMissing === true ? null : makeSnapshot(told, key) }
  })
  const inventory: AptInventory = {
    architecture: 'amd64',
    foreignArchitectures: machine.foreign ?? [],
    packages: machine.installed.map(makePackage),
  }
  const policy: AptPolicy = {
    aptVersion: null,
    defaultRelease: null,
    pins: [],
    phasing: 'machine',
    installRecommends: true,
    ...machine.policy,
  }
  const { machineId = null, problems = [] } = machine
  return { inventory, policy, machineId, sources, lists, problems }
}

/** `foo 1.0 -> 2.0` for each update, as a test reads it; with the reason where an upgrade would not take it. */
export function tellUpdates(outcome: CheckOutcome): string[] {
  return outcome.updates.map(({ name, architecture, installed, candidate, heldBackBy }) => {
    const arch = architecture === 'amd64' ? '' : `:${architecture}`
    return `${name}${arch} ${installed} -> ${candidate}${heldBackBy.length === 0 ? '' : ` (${heldBackBy.join(', ')})`}`
  })
}

export function pin(packages: string, value: string, priority: number): AptPin {
  const [type = '', ...rest] = value.split(' ')
  return {
    packages: packages.split(' '),
    type: type as AptPin['type'],
    value: rest.join(' '),
    priority,
    place: 'etc/apt/preferences:1',
  }
}

export function makePackage(told: Told<AptPackage>): AptPackage {
  return {
    architecture: 'amd64',
    source: told.name,
    sourceVersion: told.version,
    state: 'installed',
    held: false,
    reinstall: false,
    essential: false,
    multiArch: 'no',
    installedSize: '1',
    ...told,
    relations: makeRelations(told),
  }
}

function makeOffer(told: Told<AptOffer>): AptOffer {
  return {
    architecture: 'amd64',
    source: told.name,
    sourceVersion: told.version,
    multiArch: 'no',
    essential: false,
    installedSize: '1',
    size: '',
    phasedPercentage: 100,
    ...told,
    relations: makeRelations(told),
  }
}

function makeRelations(told: Partial<AptRelations>): AptRelations {
  const {
    depends = '',
    preDepends = '',
    conflicts = '',
    breaks = '',
    replaces = '',
    provides = '',
    recommends = '',
  } = told
  return { depends, preDepends, conflicts, breaks, replaces, provides, recommends }
}

function isProviding(offer: AptOffer, virtual: string): boolean {
  return offer.relations.provides.split(',').some((part) => part.trim().split(/[ :]/)[0] === virtual)
}

function makeList(told: readonly Told<AptOffer>[]): AptList {
  const offers = told.map(makeOffer)
  return {
    packages: offers.length,
    find: (name) => offers.filter((offer) => offer.name === name),
    findProviders: (virtual) => offers.filter((offer) => isProviding(offer, virtual)).map(({ name }) => name),
    names: () => offers.map(({ name }) => name),
  }
}

function makeRepository(told: SmallRepository): AptRepository {
  const { suite = 'stable', uri = 'http://mirror.example.org/debian/', include = [], exclude = [] } = told
  return {
    id: `${uri} ${suite}`,
    packageSystem: 'apt',
    title: `${uri} ${suite}`,
    unreachable: null,
    uri,
    suite,
    components: ['main'],
    architectures: ['amd64'],
    trust: { kind: 'always' },
    options: {
      byHash: 'yes',
      checkValidUntil: true,
      checkDate: true,
      validUntilMinSeconds: null,
      validUntilMaxSeconds: null,
      dateMaxFutureSeconds: 10,
      allowInsecure: false,
      inReleasePath: null,
      include,
      exclude,
    },
    places: ['etc/apt/sources.list:1'],
  }
}

function makeSnapshot(told: SmallRepository, key: string): AptSnapshot {
  const { suite = 'stable', gaps = [], warnings = [] } = told
  const release: AptRelease = {
    origin: 'Debian',
    label: 'Debian',
    suite,
    codename: suite,
    version: '12',
    notAutomatic: false,
    butAutomaticUpgrades: false,
    ...told.release,
  }
  return {
    repositoryId: key,
    digest: key,
    lists: [{ key, packages: told.offers.length, component: 'main', architecture: 'amd64', phased: false }],
    gaps,
    warnings,
    verification: 'verified',
    publishedAt: null,
    validUntil: null,
    release: told.release === null ? null : release,
    releaseSha256: null,
    validators: null,
    signedBy: [],
  }
}
