import type { RpmPackage, RpmRelation, RpmRelations } from '../../model.ts'
import { damaged } from './header-blob.ts'
import { readNumbersTag, readTextsTag, readTextTag, type HeaderIndex } from './header-index.ts'

// rpm, include/rpm/rpmtag.h
const NAME = 1000
const VERSION = 1001
const RELEASE = 1002
const EPOCH = 1003
const INSTALL_TIME = 1008
const VENDOR = 1011
const ARCHITECTURE = 1022
const SOURCE_RPM = 1044
const MODULARITY_LABEL = 5096

/** Tags of names, flags and versions. */
const RELATION_TAGS = {
  provides: [1047, 1112, 1113],
  requires: [1049, 1048, 1050],
  conflicts: [1054, 1053, 1055],
  obsoletes: [1090, 1114, 1115],
} as const

/**
 * The package that a header describes; null for `gpg-pubkey`, which is a key and not a package.
 * @throws Fault `evidence_malformed` where name, version, release or architecture is missing, or lists do not belong together
 */
export function packageOfHeader(header: HeaderIndex): RpmPackage | null {
  const name = demand(header, NAME, 'name')
  if (name === 'gpg-pubkey') return null

  return {
    name,
    epoch: readNumbersTag(header, EPOCH)[0] ?? null,
    version: demand(header, VERSION, 'version'),
    release: demand(header, RELEASE, 'release'),
    architecture: demand(header, ARCHITECTURE, 'architecture'),
    sourceRpm: word(header, readTextTag(header, SOURCE_RPM) ?? ''),
    vendor: (readTextTag(header, VENDOR) ?? '').slice(0, MAX_LENGTH).replaceAll(BREAKS, ' '),
    installedAt: readNumbersTag(header, INSTALL_TIME)[0] ?? null,
    module: word(header, readTextTag(header, MODULARITY_LABEL) ?? ''),
    relations: readRelations(header),
  }
}

function demand(header: HeaderIndex, tag: number, what: string): string {
  const text = word(header, readTextTag(header, tag) ?? '')
  if (text === '') throw damaged(header.path, header.offset, `a package has no ${what}`)
  return text
}

/** Tab and line ends: no name or version has them, and a listing of packages is made of them. */
const BREAKS = /[\t\n\r]/g
/** The same bound as a listing has. */
const MAX_LENGTH = 4096

function word(header: HeaderIndex, text: string): string {
  if (text.length > MAX_LENGTH)
    throw damaged(header.path, header.offset, `a text of ${text.length} characters is too long`)
  if (text.search(BREAKS) === -1) return text
  throw damaged(header.path, header.offset, 'a name or version holds a tab or a line end')
}

function readRelations(header: HeaderIndex): RpmRelations {
  const requires = readKind(header, RELATION_TAGS.requires).filter(({ name }) => !name.startsWith('rpmlib('))
  return {
    provides: readKind(header, RELATION_TAGS.provides),
    requires,
    conflicts: readKind(header, RELATION_TAGS.conflicts),
    obsoletes: readKind(header, RELATION_TAGS.obsoletes),
  }
}

function readKind(
  header: HeaderIndex,
  [nameTag, flagsTag, versionTag]: readonly [number, number, number],
): RpmRelation[] {
  const names = readTextsTag(header, nameTag)
  const flags = readNumbersTag(header, flagsTag)
  const versions = readTextsTag(header, versionTag)
  // Packages of rpm 2 and 3 may have names alone; then none of them has a version.
  const isBare = flags.length === 0 && versions.length === 0
  if (!isBare && (flags.length !== names.length || versions.length !== names.length))
    throw damaged(
      header.path,
      header.offset,
      `the lists of tags ${nameTag}, ${flagsTag} and ${versionTag} differ in length`,
    )
  if (names.includes('')) throw damaged(header.path, header.offset, `a name in tag ${nameTag} is empty`)
  return names.map((name, index) =>
    relationOf(word(header, name), flags[index] ?? 0, word(header, versions[index] ?? '')),
  )
}

const OPERATORS = ['', '', '<', '', '>', '', '', '', '=', '', '<=', '', '>=', '', '', ''] as const

/** rpm's flags: 2 less, 4 greater, 8 equal (rpm, include/rpm/rpmds.h); without one of them, or without a version, any version will do. */
function relationOf(name: string, flags: number, evr: string): RpmRelation {
  const operator = evr === '' ? '' : (OPERATORS[flags & 0x0e] ?? '')
  return { name, operator, evr: operator === '' ? '' : evr }
}
