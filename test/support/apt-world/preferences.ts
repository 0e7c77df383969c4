import type { Archive } from './archives.ts'
import type { Catalog } from './catalog.ts'
import type { Random } from './random.ts'
import type { MachineFiles } from './sources.ts'

/** The priorities around which apt changes its mind. */
const PRIORITIES = [-10, -1, 1, 50, 99, 100, 101, 400, 499, 500, 501, 600, 900, 989, 990, 991, 999, 1000, 1001, 1500]

/** Preferences of a machine: every type of pin, general and for some packages, in good and in ignored files. */
export function makePreferences(random: Random, catalog: Catalog, archives: readonly Archive[]): MachineFiles {
  const files: MachineFiles = new Map()
  if (random.chance(0.35)) return files

  const records = (most: number) =>
    Array.from({ length: random.int(1, most) }, () => writeRecord(random, catalog, archives)).join('\n')
  if (random.chance(0.5)) files.set('etc/apt/preferences', records(3))
  for (const name of random.some(['10-first', '20second.pref', 'b_last', 'Capital.pref'], 0.3)) {
    files.set(`etc/apt/preferences.d/${name}`, records(2))
  }
  if (random.chance(0.1)) files.set('etc/apt/preferences.d/left.bak', 'Package: *\nPin: release *\nPin-Priority: -1\n')
  return files
}

function writeRecord(random: Random, catalog: Catalog, archives: readonly Archive[]): string {
  const general = random.chance(0.35)
  const packages = general ? '*' : writePackages(random, catalog)
  const lines = [
    random.chance(0.2) ? 'Explanation: because the owner said so' : '',
    `Package: ${packages}`,
    `Pin: ${writePin(random, catalog, archives, general)}`,
    `Pin-Priority: ${random.pick(PRIORITIES)}`,
  ]
  return `${lines.filter((line) => line !== '').join('\n')}\n`
}

function writePackages(random: Random, catalog: Catalog): string {
  const source = random.pick(catalog.sources)
  const binary = random.pick(source.binaries).name
  const choices = [
    () => binary,
    () => `${binary} ${random.pick(random.pick(catalog.sources).binaries).name}`,
    () => `${binary.slice(0, 4)}*`,
    () => `lib*`,
    () => `/^${binary.slice(0, 3)}/`,
    () => `/${source.name}(-data)?$/`,
    () => `?${binary.slice(1)}`,
    () => `[a-m]*`,
    () => `${binary}:${random.pick([...catalog.architectures, 'any', 'native', 'all'])}`,
    () => `*:any`,
    () => `src:${source.name}`,
    () => binary.toUpperCase(),
  ]
  return random.pick(choices)()
}

function writePin(random: Random, catalog: Catalog, archives: readonly Archive[], general: boolean): string {
  const archive = random.pick(archives)
  const kind = random.int(0, 9)
  if (!general && kind < 3) return `version ${writeVersionPattern(random, catalog)}`
  if (kind < 5) return `origin ${random.pick([`"${archive.host}"`, archive.host, '""', `"*.example.org"`])}`
  return `release ${writeRelease(random, archive)}`
}

function writeVersionPattern(random: Random, catalog: Catalog): string {
  const version = random.pick(random.pick(catalog.sources).releases).version
  return random.pick([
    version,
    `${version.slice(0, 3)}*`,
    '*',
    `*${version.slice(-1)}`,
    `/^${version.slice(0, 1)}/`,
    '[0-4]*',
  ])
}

function writeRelease(random: Random, archive: Archive): string {
  const release = archive.release
  if (release === null) return random.pick(['*', 'c=main', 'a=now', 'o=Debian'])

  const choices = [
    () => `a=${release.suite}`,
    () => `n=${release.codename}`,
    () => `o=${release.origin}`,
    () => `l=${release.label}`,
    () => `v=${release.version === '' ? '12*' : release.version}`,
    () => `v=12*`,
    () => `c=${random.pick(archive.components)}`,
    () => `b=${random.pick(archive.architectures)}`,
    () => `o=${release.origin},a=${release.suite}`,
    () => `o=${release.origin}, n=${release.codename}, c=main`,
    () => release.suite,
    () => release.version || release.codename,
    () => `a=*-security`,
    () => `a=/-(updates|security)$/`,
    () => `n=/^${release.codename.slice(0, 3)}/`,
    () => `o=${release.origin.toLowerCase()}`,
    () => `a=${release.suite.toUpperCase()}`,
    () => '*',
    () => `a=now`,
  ]
  return random.pick(choices)()
}
