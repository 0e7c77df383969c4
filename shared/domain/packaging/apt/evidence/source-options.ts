import { isAptAtLeast, parseAptBoolean } from '../apt-words.ts'
import { configBoolean, configChildren, configNumber, configText } from './configuration.ts'
import type { AptConfiguration } from './configuration.ts'
import type { AptRepositoryOptions } from '../model.ts'

/** What an entry says for the whole archive; two entries of one archive must not contradict each other in it. */
export interface ArchiveOptions {
  readonly trusted: boolean | null
  readonly checkValidUntil: boolean | null
  readonly checkDate: boolean | null
  /** Seconds, 0: not set. */
  readonly validUntilMin: number
  readonly validUntilMax: number
  readonly dateMaxFuture: number
  readonly allowInsecure: boolean
  readonly inReleasePath: string | null
}

export function readArchiveOptions(options: ReadonlyMap<string, string>, config: AptConfiguration): ArchiveOptions {
  return {
    trusted: readTriState(options.get('trusted')),
    checkValidUntil: readTriState(options.get('check-valid-until')),
    checkDate: readTriState(options.get('check-date')),
    validUntilMin: readSeconds(options.get('valid-until-min')),
    validUntilMax: readSeconds(options.get('valid-until-max')),
    dateMaxFuture: readSeconds(options.get('date-max-future')),
    allowInsecure:
      readTriState(options.get('allow-insecure')) ??
      configBoolean(config, 'Acquire::AllowInsecureRepositories') ??
      false,
    inReleasePath: options.get('inrelease-path') ?? null,
  }
}

/** The later of two entries of one archive against what the earlier ones say: what it contradicts, or both together. */
export function mergeArchiveOptions(known: ArchiveOptions, later: ArchiveOptions): ArchiveOptions | string {
  if (known.trusted !== later.trusted) return 'Trusted'
  if (known.checkValidUntil !== later.checkValidUntil) return 'Check-Valid-Until'
  if (known.checkDate !== later.checkDate) return 'Check-Date'
  if (known.allowInsecure !== later.allowInsecure) return 'Allow-Insecure'
  if (known.inReleasePath !== later.inReleasePath) return 'InRelease-Path'
  // apt lets a later entry set a time that none has set yet, and takes everything else for a contradiction.
  if (known.validUntilMin !== 0 && known.validUntilMin !== later.validUntilMin) return 'Valid-Until-Min'
  if (known.validUntilMax !== 0 && known.validUntilMax !== later.validUntilMax) return 'Valid-Until-Max'
  if (known.dateMaxFuture !== 0 && known.dateMaxFuture !== later.dateMaxFuture) return 'Date-Max-Future'
  return later
}

/** The options of a repository: what its entries say, else what the configuration says, else apt's defaults (apt.conf(5)). */
export function completeOptions(
  archive: ArchiveOptions,
  entry: ReadonlyMap<string, string>,
  machine: { config: AptConfiguration; aptVersion: string | null; host: string },
): AptRepositoryOptions {
  const { config } = machine
  const checkDate = archive.checkDate ?? configBoolean(config, 'Acquire::Check-Date') ?? true
  const validUntilByLabel = readLabels(config)
  return {
    byHash: readByHash(entry.get('by-hash'), config, machine.host),
    // Without trust in its clock a machine judges no times at all.
    checkValidUntil:
      checkDate && (archive.checkValidUntil ?? configBoolean(config, 'Acquire::Check-Valid-Until') ?? true),
    checkDate,
    validUntilMinSeconds: archive.validUntilMin || configSeconds(config, 'Acquire::Min-ValidTime'),
    validUntilMaxSeconds: archive.validUntilMax || configSeconds(config, 'Acquire::Max-ValidTime'),
    ...(validUntilByLabel.length === 0 ? {} : { validUntilByLabel }),
    dateMaxFutureSeconds: archive.dateMaxFuture || (configNumber(config, 'Acquire::Max-FutureTime') ?? 10),
    allowInsecure: archive.allowInsecure,
    inReleasePath: archive.inReleasePath,
    ...readPackageLists(entry, machine.aptVersion),
  }
}

/** Include and Exclude mean something since apt 3.1 only. */
export function readPackageLists(
  entry: ReadonlyMap<string, string>,
  aptVersion: string | null,
): { include: readonly string[]; exclude: readonly string[] } {
  if (isAptAtLeast(aptVersion, [3, 1, 0]) !== true) return { include: [], exclude: [] }

  return { include: readList(entry.get('include')), exclude: readList(entry.get('exclude')) }
}

export function readList(text: string | undefined): string[] {
  return (text ?? '').split(',').filter((word) => word !== '')
}

/** A present option that is no boolean counts as `no`. */
function readTriState(text: string | undefined): boolean | null {
  return text === undefined ? null : (parseAptBoolean(text) ?? false)
}

function readSeconds(text: string | undefined): number {
  const digits = /^\s*(\d{1,15})/.exec(text ?? '')
  return digits === null ? 0 : Number(digits[1])
}

function configSeconds(config: AptConfiguration, name: string): number | null {
  return configNumber(config, name) || null
}

function readByHash(text: string | undefined, config: AptConfiguration, host: string): AptRepositoryOptions['byHash'] {
  const places = ['APT::Acquire::By-Hash', 'Acquire::By-Hash']
  if (host !== '') places.push(`APT::Acquire::${host}::By-Hash`, `Acquire::${host}::By-Hash`)
  const configured = places.map((place) => configText(config, place)).filter((value) => value !== '')
  const value = text ?? configured.at(-1) ?? 'yes'
  if (value === 'force') return 'force'
  return parseAptBoolean(value) === true ? 'yes' : 'no'
}

function readLabels(config: AptConfiguration): NonNullable<AptRepositoryOptions['validUntilByLabel']> {
  const shortest = configChildren(config, 'Acquire::Min-ValidTime')
  const longest = configChildren(config, 'Acquire::Max-ValidTime')
  const labels = [...new Set([...shortest.keys(), ...longest.keys()])].toSorted()
  return labels.slice(0, 100).map((label) => ({
    label,
    minSeconds: readSeconds(shortest.get(label)?.value) || null,
    maxSeconds: readSeconds(longest.get(label)?.value) || null,
  }))
}
