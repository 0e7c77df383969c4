import type { Evidence } from '../../../../evidence.ts'
import type { RpmRepository, RpmRepositoryPolicy } from '../../model.ts'
import { beyondQuota } from '../../../evidence-fault.ts'
import { showWord } from '../show-word.ts'
import type { MainConfiguration } from '../files/main-configuration.ts'
import { readAddress, whyOnlyTheMachine } from './address.ts'
import type { Address } from './address.ts'
import { identifyRepository, titleRepository } from './repository-id.ts'
import { openSectionReader, warnAboutKeys } from './section.ts'
import type { RepositorySection, SectionContext, SectionReader } from './section.ts'
import { keyFilePath, listSuseKeys } from './trust.ts'
import type { KeyReader } from './trust.ts'

export interface BuildContext extends SectionContext {
  readonly evidence: Evidence
  readonly main: MainConfiguration
  readonly keys: KeyReader
  /** yum obeys priorities only with its plugin. */
  readonly obeysPriorities: boolean
}

export interface BuiltRepository {
  readonly repository: RpmRepository
  readonly policy: RpmRepositoryPolicy
}

const MAX_ADDRESSES = 200

/** The repository of one section as the tool understands it; null where it is not enabled. @throws Fault `quota_exceeded` */
export function buildRepository(section: RepositorySection, context: BuildContext): BuiltRepository | null {
  const { tool, main } = context
  const reader = openSectionReader(section, context)
  warnAboutKeys(section, context)
  const isEnabled = reader.boolean('enabled') ?? (tool === 'zypper' ? null : main.findBoolean('enabled')) ?? true
  // zypper gives up on a whole file for one address that is none, enabled or not; the others do not look.
  if (!isEnabled && tool !== 'zypper') return null

  const sources = readSources(section, reader, context)
  if (!isEnabled) return null
  const needsEntitlement = ['sslclientcert', 'sslclientkey'].some(
    (key) => reader.text(key) !== '' || (tool !== 'zypper' && (main.find(key)?.text ?? '') !== ''),
  )
  const unknown = reader.unknownVariables()
  for (const name of unknown) {
    context.report.problems.push(
      `${section.place}: [${section.id}] uses the variable ${showWord(name)}, which nothing sets.`,
    )
  }
  const trust = readTrust(section, reader, context)
  const repository = {
    packageSystem: 'rpm' as const,
    ...sources.addresses,
    demandsSignature: trust.demandsSignature,
    keyrings: trust.keyrings,
    needsEntitlement,
    unreachable: needsEntitlement
      ? "needs the machine's entitlement certificate"
      : (sources.unreachable ?? (unknown.length > 0 ? 'has variables in its address that nothing sets' : null)),
  }
  const id = identifyRepository(repository)
  return {
    repository: { ...repository, id, title: titleRepository(repository) },
    policy: readRepositoryPolicy(section, id, reader, context),
  }
}

interface Sources {
  readonly addresses: Pick<RpmRepository, 'baseUrls' | 'mirrorList' | 'metalink'>
  readonly unreachable: string | null
}

/**
 * Where the repository lies. dnf and yum try the addresses of `baseurl` and what a list names, dnf either a metalink or else a list of mirrors,
 * whose address makes it a metalink where the word is in it (libdnf, Repo.cpp; librepo). libzypp uses a list only without a `baseurl`.
 */
function readSources(section: RepositorySection, reader: SectionReader, context: BuildContext): Sources {
  const { tool, report } = context
  const refuse = (what: string) =>
    void report.problems.push(`${section.place}: [${section.id}] has ${what} that cannot be read.`)
  const own = readBaseUrls(section, reader, context)
  for (const bad of own.unread) refuse(bad)

  const listed = reader.text('mirrorlist')
  const mirrors = listed === '' ? null : readAddress(listed, 'list')
  if (listed !== '' && mirrors === null) refuse('a list of mirrors')
  const linked = reader.text('metalink')
  const link = linked === '' ? null : readAddress(linked, 'list')
  if (linked !== '' && link === null) refuse('a metalink')

  const isLink = mirrors?.url.includes('metalink') === true
  const metalink = link ?? (isLink ? mirrors : null)
  const mirrorList = isLink || metalink !== null ? null : mirrors
  const usesList = tool !== 'zypper' || own.addresses.length === 0
  const lists = usesList ? [metalink, mirrorList].filter((each) => each !== null) : []
  const used = [...own.addresses, ...lists]
  const reachable = used.filter((address) => whyOnlyTheMachine(address) === null)
  const kept = reachable.length > 0 ? reachable : used
  const keptUrl = (address: Address | null) => (address !== null && kept.includes(address) ? address.url : null)
  return {
    addresses: {
      baseUrls: own.addresses.filter((each) => kept.includes(each)).map(({ url }) => url),
      mirrorList: keptUrl(mirrorList),
      metalink: keptUrl(metalink),
    },
    unreachable: whyUnreachable(reader, used, reachable, context),
  }
}

function readBaseUrls(section: RepositorySection, reader: SectionReader, { tool }: BuildContext) {
  const words = reader.list('baseurl')
  if (words.length > MAX_ADDRESSES)
    throw beyondQuota(section.place, `[${section.id}] has more than ${MAX_ADDRESSES} addresses.`)

  const path = tool === 'zypper' ? reader.text('path').replace(/^\/+|\/+$/g, '') : ''
  const addresses: Address[] = []
  const unread: string[] = []
  for (const word of words) {
    const address = readAddress(word, 'repository')
    if (address === null) unread.push('an address')
    else addresses.push(path === '' ? address : { ...address, url: `${address.url}${path}/` })
  }
  return { addresses, unread }
}

/** Types of repositories of SUSE's that are not made of `repodata`. */
const OTHER_TYPES = ['yast2', 'yast', 'plaindir']

function whyUnreachable(
  reader: SectionReader,
  used: readonly Address[],
  reachable: readonly Address[],
  { tool }: BuildContext,
): string | null {
  const type = reader.text('type').toLowerCase()
  if (tool === 'zypper' && OTHER_TYPES.includes(type)) return `is of the type ${type}, which is not read`
  const [first] = used
  if (first === undefined) return 'has no address'
  return reachable.length > 0 ? null : whyOnlyTheMachine(first)
}

/**
 * Whether `repomd.xml` must be signed, and the key files that count. libzypp looks at a signature where there is one and asks a person
 * where there is none, so only `repo_gpgcheck` demands one.
 */
function readTrust(section: RepositorySection, reader: SectionReader, context: BuildContext) {
  const { tool, main, report, evidence, keys } = context
  const isChecked = tool !== 'zypper' || (reader.boolean('gpgcheck') ?? main.findBoolean('gpgcheck') ?? true)
  const demanded = reader.boolean('repo_gpgcheck') ?? main.findBoolean('repo_gpgcheck') ?? false
  const demandsSignature = isChecked && demanded
  const keyrings: string[] = []
  const missing: string[] = []
  for (const word of reader.list('gpgkey').flatMap((line) => line.split(/[\s,]+/))) {
    const path = keyFilePath(word)
    const found = path === null ? null : keys.read(path)
    if (found !== null) keyrings.push(found)
    else missing.push(path === null ? 'a key that lies elsewhere' : showPath(path))
  }
  if (tool === 'zypper') keyrings.push(...listSuseKeys(evidence).flatMap((path) => keys.read(path) ?? []))
  if (demandsSignature && missing.length > 0) {
    report.warnings.push(
      `${section.place}: [${section.id}] is trusted with ${missing[0]}, which is not part of the evidence.`,
    )
  }
  return { demandsSignature, keyrings: [...new Set(keyrings)] }
}

function showPath(path: string): string {
  return /^[\w./+@-]{1,200}$/.test(path) ? `/${path}` : 'a file'
}

const USUAL_PRIORITY = 99
const USUAL_COST = 1000

function readRepositoryPolicy(
  section: RepositorySection,
  repositoryId: string,
  reader: SectionReader,
  { tool, main, obeysPriorities }: BuildContext,
): RpmRepositoryPolicy {
  const priority = obeysPriorities ? (reader.integer('priority') ?? USUAL_PRIORITY) : USUAL_PRIORITY
  const isZypper = tool === 'zypper'
  const disabled = isZypper ? [] : main.collect(['disable_excludes'], [])
  const isExcluding = !isZypper && !['all', '*', section.id].some((word) => disabled.includes(word))
  return {
    section: section.id,
    repositoryId,
    priority: isZypper && priority <= 0 ? USUAL_PRIORITY : priority,
    cost: isZypper ? USUAL_COST : (reader.integer('cost') ?? USUAL_COST),
    excludes: isExcluding ? reader.collect(['exclude', 'excludepkgs']) : [],
    includes: isExcluding ? reader.collect(['includepkgs']) : [],
    moduleHotfixes: !isZypper && reader.boolean('module_hotfixes') === true,
    skipIfUnavailable:
      isZypper || (reader.boolean('skip_if_unavailable') ?? main.findBoolean('skip_if_unavailable') ?? false),
    place: section.place,
  }
}
