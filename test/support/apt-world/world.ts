import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { type Archive, makeArchives } from './archives.ts'
import { type Catalog, makeCatalog } from './catalog.ts'
import { makeInstalled, renderStatus } from './installed.ts'
import type { Keys } from './keys.ts'
import { makePreferences } from './preferences.ts'
import { publishArchive, type PublishTools } from './publish.ts'
import { openRandom, type Random } from './random.ts'
import { type MachineFiles, makeSources } from './sources.ts'

/** Archives on disk and everything that was ever built for them. */
export interface World {
  readonly seed: string
  readonly catalog: Catalog
  readonly archives: readonly Archive[]
  /** Holds one folder for each host. */
  readonly mirror: string
}

/** One machine of a world: its files, with ROOT where they name a path of the machine. */
export interface Machine {
  readonly name: string
  readonly files: MachineFiles
  readonly native: string
  readonly foreign: readonly string[]
  readonly tags: readonly string[]
}

/** Makes the world of a seed and writes its archives below `folder`. */
export async function makeWorld(seed: string, folder: string, tools: PublishTools): Promise<World> {
  const random = openRandom(seed)
  const flavour = random.chance(0.6) ? 'debian' : 'ubuntu'
  const architectures = random.chance(0.85) ? ['amd64', 'i386'] : ['arm64', 'armhf']
  const catalog = makeCatalog(random.fork('catalog'), architectures, flavour === 'ubuntu' || random.chance(0.1))
  const archives = makeArchives(random.fork('archives'), catalog, flavour)
  const mirror = join(folder, 'mirror')
  mkdirSync(mirror, { recursive: true })
  for (const archive of archives) await publishArchive(mirror, archive, tools)
  return { seed, catalog, archives, mirror }
}

/** Which of a world's machines: machines of one group have the same sources, so that apt fetches once for all of them. */
export interface MachinePlace {
  readonly group: number
  readonly index: number
  /** Of the apt that will be asked. */
  readonly aptVersion: string
  readonly keys: Keys
}

/** Makes one machine of a world. */
export function makeMachine(world: World, place: MachinePlace): Machine {
  const ofGroup = openRandom(`${world.seed}/group${place.group}`)
  const random = openRandom(`${world.seed}/group${place.group}/machine${place.index}`)
  const [native, ...others] = world.catalog.architectures as [string, ...string[]]
  const foreign = ofGroup.chance(0.5) ? others : []
  const files: MachineFiles = new Map(makeSources(ofGroup.fork('sources'), world.archives, place.keys))
  for (const [path, text] of makePreferences(random.fork('preferences'), world.catalog, world.archives))
    files.set(path, text)

  const installed = makeInstalled(random.fork('installed'), world.catalog, foreign.length > 0, place.aptVersion)
  files.set('var/lib/dpkg/status', renderStatus(installed))
  if (foreign.length > 0) files.set('var/lib/dpkg/arch', `${native}\n${foreign.join('\n')}\n`)
  files.set('etc/os-release', 'ID=harbour\nVERSION_ID="12"\nPRETTY_NAME="Harbour 12"\n')
  addConfiguration(random.fork('configuration'), world, files)
  return {
    name: `${world.seed}/group${place.group}/machine${place.index}`,
    files,
    native,
    foreign,
    tags: [...files.keys()].some((path) => path.includes('preferences')) ? ['pins'] : [],
  }
}

function addConfiguration(random: Random, world: World, files: MachineFiles): void {
  if (random.chance(0.9)) files.set('etc/machine-id', `${random.hex(32)}\n`)
  if (random.chance(0.15)) {
    // apt refuses a release that no source has; the first archive is in every machine's sources.
    const release = world.archives[0]?.release
    const names = [release?.suite, release?.codename, release?.version].filter(
      (name) => name !== undefined && name !== '',
    )
    files.set('etc/apt/apt.conf.d/10release', `// chosen by the owner\nAPT::Default-Release "${random.pick(names)}";\n`)
  }
  if (random.chance(0.08)) files.set('etc/apt/apt.conf.d/90phasing', `${random.pick(PHASING)}\n`)
  if (random.chance(0.2)) files.set('etc/apt/apt.conf', 'APT { Install-Suggests "0"; };\n')
}

const PHASING = [
  'APT::Get::Always-Include-Phased-Updates "true";',
  'APT::Get::Never-Include-Phased-Updates "true";',
  'Update-Manager::Always-Include-Phased-Updates "1";',
  'Update-Manager { Never-Include-Phased-Updates "yes"; };',
  'APT::Get::Always-Include-Phased-Updates "false";',
]
