import type { Evidence } from '../../../evidence.ts'
import type { AptConfiguration } from './configuration.ts'
import { beyondQuota } from '../../evidence-fault.ts'
import type { AptRepository } from '../model.ts'
import { identifyRepository, titleRepository } from './repository-id.ts'
import type { SourceEntry } from './source-entry.ts'
import {
  completeOptions,
  mergeArchiveOptions,
  readArchiveOptions,
  readList,
  readPackageLists,
} from './source-options.ts'
import type { ArchiveOptions } from './source-options.ts'
import { archiveKey, hasControl, readMirrorList, readSourceUri, whyUnreachable } from './source-uri.ts'
import type { SourceUri } from './source-uri.ts'
import { isArchitecture } from './status-entry.ts'
import { normaliseSignedBy, openTrustReader } from './trust.ts'

/** What one machine may enable (SAFETY: exhaustion per tenant). */
const MAX_REPOSITORIES = 200
const MAX_COMPONENTS = 100
const MAX_ARCHITECTURES = 12
const MAX_SUITE = 512

export interface SourceMachine {
  readonly evidence: Evidence
  readonly config: AptConfiguration
  readonly aptVersion: string | null
  /** Native first. */
  readonly architectures: readonly string[]
}

export interface ResolvedSources {
  readonly repositories: readonly AptRepository[]
  readonly keyrings: ReadonlyMap<string, Uint8Array>
  readonly warnings: readonly string[]
  readonly problems: readonly string[]
}

/**
 * Makes repositories of the entries of all sources, in the machine's order. Entries of one archive (address and suite) become one
 * repository where they want the same architectures, and more than one where they do not. What apt takes for a contradiction is a
 * problem, for apt then reads none of its sources. @throws Fault `quota_exceeded`
 */
export function resolveSources(entries: readonly SourceEntry[], machine: SourceMachine): ResolvedSources {
  const archives = new Map<string, Archive>()
  const warnings: string[] = []
  const problems: string[] = []
  for (const entry of entries) {
    const trouble = addEntry(archives, entry, machine, warnings)
    if (trouble !== null) problems.push(`${entry.place}: ${trouble}`)
    const repositories = [...archives.values()].reduce((sum, archive) => sum + archive.parts.size, 0)
    if (repositories > MAX_REPOSITORIES) {
      throw beyondQuota('etc/apt/sources.list', `more than ${MAX_REPOSITORIES} repositories are enabled.`)
    }
  }

  const trust = openTrustReader(machine.evidence, machine.config)
  const repositories = [...archives.values()].flatMap((archive) =>
    [...archive.parts.values()].map((part): AptRepository => {
      const first = part.places[0] ?? ''
      const repository = {
        packageSystem: 'apt' as const,
        uri: archive.uri.uri,
        suite: archive.suite,
        components: part.components,
        architectures: part.architectures,
        trust: trust.read({ trusted: archive.options.trusted, signedBy: archive.signedBy, place: first }),
        options: completeOptions(archive.options, part.options, { ...machine, host: archive.uri.host }),
        places: part.places,
        unreachable: whyUnreachable(archive.uri, machine.config),
      }
      const titled = { ...repository, title: titleRepository(repository) }
      return { id: identifyRepository(titled), ...titled }
    }),
  )
  return { repositories, keyrings: trust.keyrings, warnings: [...warnings, ...trust.warnings], problems }
}

interface Archive {
  readonly uri: SourceUri
  readonly suite: string
  options: ArchiveOptions
  signedBy: string
  readonly parts: Map<string, Part>
}

interface Part {
  readonly components: string[]
  readonly architectures: readonly string[]
  readonly options: ReadonlyMap<string, string>
  readonly places: string[]
}

/** Returns why apt refuses the entry, null where it takes it. */
function addEntry(
  archives: Map<string, Archive>,
  entry: SourceEntry,
  machine: SourceMachine,
  warnings: string[],
): string | null {
  const uri = readUri(entry, machine.evidence, warnings)
  if (uri === null) return 'a URI that is too long or has control characters in it.'
  if (!isPathPart(entry.suite)) return 'a suite that is none.'
  if (!entry.components.every(isPathPart)) return 'a component that is none.'

  const signedBy = normaliseSignedBy(entry.options.get('signed-by') ?? '', machine.aptVersion)
  if (signedBy === null) return 'a Signed-By that is neither a path nor a fingerprint nor a key that this apt reads.'
  const lists = readPackageLists(entry.options, machine.aptVersion)
  if (lists.include.length > 0 && lists.exclude.length > 0) return 'Include and Exclude together.'

  const options = readArchiveOptions(entry.options, machine.config)
  const key = archiveKey(uri.uri, entry.suite)
  const known = archives.get(key)
  const archive = known ?? { uri, suite: entry.suite, options, signedBy, parts: new Map<string, Part>() }
  if (known !== undefined) {
    const merged = mergeArchiveOptions(known.options, options)
    if (typeof merged === 'string') return `contradicts an earlier entry of the same archive in ${merged}.`
    if (known.signedBy !== '' && known.signedBy !== signedBy) {
      return 'contradicts an earlier entry of the same archive in Signed-By.'
    }
    known.options = merged
    known.signedBy = signedBy
  }
  archives.set(key, archive)
  return entry.type === 'deb' ? addPart(archive, entry, machine, warnings) : null
}

/** apt takes anything for a suite or a component; another address in its place, perhaps with a password, is none to be shown or fetched. */
function isPathPart(text: string): boolean {
  return text.length <= MAX_SUITE && !hasControl(text) && !text.includes('://')
}

function addPart(archive: Archive, entry: SourceEntry, machine: SourceMachine, warnings: string[]): string | null {
  const architectures = readArchitectures(entry.options, machine.architectures)
  if (architectures.length > MAX_ARCHITECTURES) {
    throw beyondQuota(entry.place, `more than ${MAX_ARCHITECTURES} architectures in one source.`)
  }
  if (!architectures.every(isArchitecture)) return 'an architecture that is none.'

  const lists = readPackageLists(entry.options, machine.aptVersion)
  const key = JSON.stringify([architectures.toSorted(), lists, entry.options.get('by-hash') ?? null])
  const part = archive.parts.get(key) ?? { components: [], architectures, options: entry.options, places: [] }
  archive.parts.set(key, part)

  const isKnown = part.places.length > 0 && entry.components.every((name) => part.components.includes(name))
  if (isKnown) warnings.push(`${entry.place}: is configured already at ${part.places[0]}.`)
  if (part.places.length < 20) part.places.push(entry.place)
  for (const component of entry.components) {
    if (!part.components.includes(component)) part.components.push(component)
    if (part.components.length > MAX_COMPONENTS) {
      throw beyondQuota(entry.place, `more than ${MAX_COMPONENTS} components of one repository.`)
    }
  }
  return null
}

function readUri(entry: SourceEntry, evidence: Evidence, warnings: string[]): SourceUri | null {
  const uri = readSourceUri(entry.uri)
  if (uri === null) return null

  if (uri.hadCredentials)
    warnings.push(`${entry.place}: the user and password in the URI were cut out; fetching goes without.`)
  const mirror = readMirrorList(uri, evidence)
  if (mirror === null) return uri

  warnings.push(`${entry.place}: the first mirror of ${uri.uri} stands for all of them.`)
  return readSourceUri(mirror)
}

/**
 * `arch`, then what `arch+` adds and `arch-` takes away; the native one first, wherever it was named. `all` is implied and named only
 * where nothing else is left.
 */
function readArchitectures(options: ReadonlyMap<string, string>, configured: readonly string[]): string[] {
  const named = options.has('arch') ? readList(options.get('arch')) : configured
  const removed = new Set(readList(options.get('arch-')))
  const wanted = new Set([...named, ...readList(options.get('arch+'))].filter((name) => !removed.has(name)))
  wanted.delete('all')
  const native = configured.slice(0, 1).filter((name) => wanted.delete(name))
  return wanted.size + native.length === 0 ? ['all'] : [...native, ...wanted]
}
