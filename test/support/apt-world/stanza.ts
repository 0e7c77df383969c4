/** One binary package in one version, as an index or the status file tells it. */
export interface Stanza {
  readonly name: string
  readonly architecture: string
  readonly version: string
  readonly source: string
  readonly sourceVersion: string
  /** '' where the field is absent. */
  readonly multiArch: '' | 'same' | 'foreign' | 'allowed' | 'no'
  readonly essential: boolean
  readonly installedSize: number
  readonly relations: Relations
  /** Of the .deb; a rebuild has another. */
  readonly sizeBytes: number
  /** Phased-Update-Percentage; null: absent. */
  readonly phasedPercentage: number | null
}

export interface Relations {
  readonly depends: readonly string[]
  readonly preDepends: readonly string[]
  readonly recommends: readonly string[]
  readonly breaks: readonly string[]
  readonly conflicts: readonly string[]
  readonly replaces: readonly string[]
  readonly provides: readonly string[]
}

export const NO_RELATIONS: Relations = {
  depends: [],
  preDepends: [],
  recommends: [],
  breaks: [],
  conflicts: [],
  replaces: [],
  provides: [],
}

/** The fields that an index and the status file share, in the order that dpkg writes them. */
export function describeStanza(stanza: Stanza): string[] {
  const source =
    stanza.source === stanza.name && stanza.sourceVersion === stanza.version
      ? ''
      : stanza.sourceVersion === stanza.version
        ? stanza.source
        : `${stanza.source} (${stanza.sourceVersion})`
  const { relations } = stanza
  return [
    ...field('Source', source),
    ...field('Version', stanza.version),
    ...field('Architecture', stanza.architecture),
    ...field('Multi-Arch', stanza.multiArch),
    ...(stanza.essential ? ['Essential: yes'] : []),
    ...field('Installed-Size', String(stanza.installedSize)),
    ...field('Provides', relations.provides.join(', ')),
    ...field('Pre-Depends', relations.preDepends.join(', ')),
    ...field('Depends', relations.depends.join(', ')),
    ...field('Recommends', relations.recommends.join(', ')),
    ...field('Breaks', relations.breaks.join(', ')),
    ...field('Conflicts', relations.conflicts.join(', ')),
    ...field('Replaces', relations.replaces.join(', ')),
    'Maintainer: Harbour Master <master@example.org>',
    `Description: generated package ${stanza.name}`,
  ]
}

function field(name: string, value: string): string[] {
  return value === '' ? [] : [`${name}: ${value}`]
}
