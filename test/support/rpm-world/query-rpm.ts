import type { RpmPackage, RpmRelation, RpmRelations } from '#shared/domain/packaging/rpm/model.ts'
import { runOrThrow } from '../apt-world/run.ts'

const RELATIONS = [
  ['p', 'PROVIDE'],
  ['r', 'REQUIRE'],
  ['c', 'CONFLICT'],
  ['o', 'OBSOLETE'],
] as const
const PACKAGE =
  '%{NAME}\\t%{EPOCH}\\t%{VERSION}\\t%{RELEASE}\\t%{ARCH}\\t%{SOURCERPM}\\t%{VENDOR}\\t%{INSTALLTIME}\\t%{MODULARITYLABEL}'
const QUERY = `P\\t${PACKAGE}\\n${RELATIONS.map(
  ([letter, tag]) => `[${letter}\\t%{${tag}NAME}\\t%{${tag}FLAGS}\\t%{${tag}VERSION}\\n]`,
).join('')}`

/** The listing of a database as the importer sends it. */
export async function listRpm(folder: string): Promise<string> {
  const listing = await printRpm(folder, [])
  const count = listing.split('\n').filter((line) => line.startsWith('P\t')).length
  return `lazaret-rpm-packages 1\n${listing}E\t${count}\n`
}

/** What the real rpm says of every package of the database in a folder, in its own order, relations included; keys left out. */
export async function queryRpm(folder: string, more: readonly string[] = []): Promise<RpmPackage[]> {
  const listing = await printRpm(folder, more)
  const packages: RpmPackage[] = []
  let relations: Mutable | null = null
  for (const line of listing.split('\n')) {
    const [letter, ...fields] = line.split('\t')
    if (letter === 'P') {
      relations = { provides: [], requires: [], conflicts: [], obsoletes: [] }
      packages.push(readPackage(fields, relations))
    } else if (letter !== undefined && letter !== '') addRelation(relations, letter, fields)
  }
  return packages.filter(({ name }) => name !== 'gpg-pubkey')
}

function printRpm(folder: string, more: readonly string[]): Promise<string> {
  return runOrThrow('rpm', ['--dbpath', folder, ...more, '-qa', '--nosignature', '--nodigest', '--qf', QUERY])
}

type Mutable = { -readonly [Key in keyof RpmRelations]: RpmRelation[] }

function readPackage(fields: readonly string[], relations: RpmRelations): RpmPackage {
  const [name = '', epoch = '', version = '', release = '', architecture = '', ...rest] = fields.map((field) =>
    field === '(none)' ? '' : field,
  )
  const [sourceRpm = '', vendor = '', installedAt = '', module = ''] = rest
  return {
    name,
    epoch: epoch === '' ? null : Number(epoch),
    version,
    release,
    architecture,
    sourceRpm,
    vendor,
    installedAt: installedAt === '' ? null : Number(installedAt),
    module,
    relations,
  }
}

const OPERATORS = ['', '<', '>', '', '=', '<=', '>=', ''] as const

function addRelation(relations: Mutable | null, letter: string, fields: readonly string[]): void {
  const [name = '', flags = '', evr = ''] = fields
  const kind = KINDS.get(letter)
  if (relations === null || kind === undefined) throw new Error(`rpm printed a line of kind ${letter}`)
  if (kind === 'requires' && name.startsWith('rpmlib(')) return

  const operator = OPERATORS[(Number(flags) & 14) >> 1] ?? ''
  relations[kind].push({ name, operator, evr: operator === '' ? '' : evr })
}

const KINDS = new Map<string, keyof RpmRelations>([
  ['p', 'provides'],
  ['r', 'requires'],
  ['c', 'conflicts'],
  ['o', 'obsoletes'],
])
