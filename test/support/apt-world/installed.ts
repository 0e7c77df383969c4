import type { Catalog, SourcePackage } from './catalog.ts'
import { dropBroken } from './consistency.ts'
import type { Random } from './random.ts'
import { describeStanza, NO_RELATIONS, type Stanza } from './stanza.ts'

export interface InstalledEntry {
  readonly stanza: Stanza
  /** The three words of the status. */
  readonly status: string
}

/** What a machine has: a consistent set of installed packages, some held or half-way, and remains of removed ones. */
export function makeInstalled(
  random: Random,
  catalog: Catalog,
  foreign: boolean,
  aptVersion: string,
): InstalledEntry[] {
  const native = catalog.architectures[0] as string
  const wanted = catalog.sources
    .filter(() => random.chance(0.8))
    .flatMap((source) => install(random, source, catalog, foreign))
  const entries: InstalledEntry[] = [base('dpkg', '1.21.22', native), base('apt', aptVersion, native)]
  for (const stanza of dropBroken(wanted, native)) entries.push({ stanza, status: chooseStatus(random) })

  const names = new Set(wanted.map((stanza) => stanza.name))
  for (const source of catalog.sources) {
    const stanza = random.pick(random.pick(source.releases).stanzas)
    const isFree = !names.has(stanza.name) && [native, 'all'].includes(stanza.architecture)
    if (isFree && random.chance(0.1)) entries.push({ stanza, status: 'deinstall ok config-files' })
    else if (isFree && random.chance(0.03)) entries.push({ stanza, status: 'purge ok not-installed' })
  }
  if (random.chance(0.4)) entries.push({ stanza: plain('homemade', '0.1', native), status: 'install ok installed' })
  return entries
}

/** `var/lib/dpkg/status` of these entries. */
export function renderStatus(entries: readonly InstalledEntry[]): string {
  return entries
    .map(({ stanza, status }) => {
      const remains = status.endsWith('config-files') ? [`Config-Version: ${stanza.version}`] : []
      const head = [`Package: ${stanza.name}`, `Status: ${status}`, 'Priority: optional', 'Section: misc']
      return `${[...head, ...describeStanza(stanza), ...remains].join('\n')}\n`
    })
    .join('\n')
}

function base(name: string, version: string, architecture: string): InstalledEntry {
  return {
    stanza: { ...plain(name, version, architecture), essential: name === 'dpkg' },
    status: 'install ok installed',
  }
}

function plain(name: string, version: string, architecture: string): Stanza {
  return {
    name,
    architecture,
    version,
    source: name,
    sourceVersion: version,
    multiArch: '',
    essential: false,
    installedSize: 100,
    relations: NO_RELATIONS,
    sizeBytes: 5000,
    phasedPercentage: null,
  }
}

/** Mostly all of a source at one release that is not its newest, as on a machine some weeks behind. */
function install(random: Random, source: SourcePackage, catalog: Catalog, foreign: boolean): Stanza[] {
  const native = catalog.architectures[0] as string
  const last = source.releases.length - 1
  const era = random.chance(0.25) ? last : random.int(0, last)
  const chosen: Stanza[] = []
  for (const stanza of source.releases[era]?.stanzas ?? []) {
    if (stanza.architecture === native || stanza.architecture === 'all') {
      if (random.chance(0.85)) chosen.push(random.chance(0.05) ? otherRelease(random, source, stanza) : stanza)
    } else if (foreign && stanza.multiArch === 'same' && random.chance(0.4)) chosen.push(stanza)
    else if (foreign && random.chance(0.06)) chosen.push(stanza)
  }
  // Two architectures of one name are installed together only as Multi-Arch: same.
  const seen = new Set<string>()
  return chosen.filter((stanza) => {
    const isSecond = seen.has(stanza.name) && stanza.multiArch !== 'same'
    seen.add(stanza.name)
    return !isSecond
  })
}

function otherRelease(random: Random, source: SourcePackage, stanza: Stanza): Stanza {
  const others = random.pick(source.releases).stanzas
  return others.find((other) => other.name === stanza.name && other.architecture === stanza.architecture) ?? stanza
}

function chooseStatus(random: Random): string {
  if (random.chance(0.06)) return 'hold ok installed'
  if (random.chance(0.02)) return 'deinstall ok installed'
  if (random.chance(0.01))
    return random.pick([
      'install ok unpacked',
      'install ok half-configured',
      'hold ok half-configured',
      'install ok triggers-pending',
    ])
  return 'install ok installed'
}
