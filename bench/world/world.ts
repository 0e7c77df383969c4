import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '#test/support/samples.ts'
import { seededNumbers } from '#test/support/seeded.ts'
import type { ArchiveKey } from '#test/support/signed-archive.ts'
import { makeArchiveFiles } from './archive.ts'
import { makeKey } from './key.ts'
import { describeMachine, HOST } from './machines.ts'
import { drawMembers, fillPool } from './package-pool.ts'
import type { PackagePool } from './package-pool.ts'
import { readStanzas, writeIndex } from './stanzas.ts'
import type { Stanza } from './stanzas.ts'
import { makeSyntheticIndex } from './synthetic-index.ts'
import { pickSources, updateSources } from './updates.ts'

/** What everything is measured on: one large archive, one with updates, and machines that use both. */
export interface World {
  readonly folder: string
  /** Where the index comes from, for the table. */
  readonly origin: string
  readonly index: readonly Stanza[]
  /** The large index, packed, as a file for other programs. */
  readonly xzFile: string
  readonly key: ArchiveKey
  /** Both archives, by `host/path`. */
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly pool: PackagePool
  readonly draw: (below: number) => number
  /** The files of a machine with so many packages; another machine at every call. */
  machine(packages: number): Map<string, string | Uint8Array>
  /** The security archive with further updates for so many packages. */
  publish(packages: number, suffix: string): Promise<Map<string, Uint8Array>>
}

/** The part of a machine's packages that all machines have. */
export const COMMON = 0.7

const FULL_INDEX = 63_440
const SAMPLE = '../shared/samples/pkg/scenarios-apt-real/real-bookworm'

/** `quick`: a small made-up index in the place of the large one. */
export async function makeWorld(folder: string, options: { quick: boolean; seed: number }): Promise<World> {
  mkdirSync(folder, { recursive: true })
  const draw = seededNumbers(options.seed)
  const { text, xzFile, origin } = findIndex(folder, options)
  const index = readStanzas(text)
  const key = await makeKey()
  const pool = fillPool(index, installedOnSample(options.quick), options.quick ? 500 : 4500, draw)
  const updated = pickSources(pool.members, options.quick ? 20 : 220, draw)
  const large = await makeArchiveFiles(
    { label: 'Debian', suite: 'stable', codename: 'bookworm', plain: Buffer.from(text), xz: readFileSync(xzFile) },
    key,
    new Date(),
  )
  const publish = async (packages: number, suffix: string) => {
    const further = packages === 0 ? new Set<string>() : pickSources(pool.members, packages, draw)
    const first = updateSources(index, updated, '+deb12u1')
    const plain = Buffer.from(writeIndex([...first, ...updateSources(index, further, suffix)]))
    const file = join(folder, 'security-Packages')
    writeFileSync(file, plain)
    execFileSync('xz', ['-kf', file])
    const parts = { label: 'Debian-Security', suite: 'stable-security', codename: 'bookworm-security' }
    const made = await makeArchiveFiles({ ...parts, plain, xz: readFileSync(`${file}.xz`) }, key, new Date())
    return place(`${HOST}/debian-security/dists/bookworm-security/`, made)
  }
  let machines = 0
  return {
    folder,
    origin,
    index,
    xzFile,
    key,
    files: new Map([...place(`${HOST}/debian/dists/bookworm/`, large), ...(await publish(0, ''))]),
    pool,
    draw,
    machine(packages) {
      machines += 1
      const identity = machines.toString(16).padStart(32, '0')
      const chosen = drawMembers(pool.needs, packages, Math.floor(packages * COMMON), draw)
      return describeMachine(
        chosen.flatMap((number) => pool.members[number] ?? []),
        { keyring: key.keyring, identity },
      )
    },
    publish,
  }
}

function place(folder: string, files: ReadonlyMap<string, Uint8Array>): Map<string, Uint8Array> {
  return new Map([...files].map(([path, bytes]) => [folder + path, bytes]))
}

/** Debian's own index where the samples lie beside the project; else one of the same size that is made here. */
function findIndex(folder: string, options: { quick: boolean; seed: number }) {
  const lists = join(repositoryRoot, SAMPLE, 'lists')
  const name = existsSync(lists)
    ? readdirSync(lists).find((entry) => entry.endsWith('_bookworm_main_binary-amd64_Packages.xz'))
    : undefined
  if (name !== undefined && !options.quick) {
    const xzFile = join(lists, name)
    const text = execFileSync('xz', ['-dc', xzFile], { maxBuffer: 1 << 28, encoding: 'utf8' })
    return { text, xzFile, origin: "Debian's own index" }
  }
  const packages = options.quick ? 2000 : FULL_INDEX
  const text = makeSyntheticIndex(packages, options.seed)
  const file = join(folder, 'Packages')
  writeFileSync(file, text)
  // Blocks of 24 MiB, as archives write them.
  execFileSync('xz', ['-kf', '-T2', file])
  return { text, xzFile: `${file}.xz`, origin: 'an index made for this run' }
}

/** Names that a real machine has, so that the machines are like real ones. */
function installedOnSample(quick: boolean): string[] {
  const status = join(repositoryRoot, SAMPLE, 'var/lib/dpkg/status')
  if (quick || !existsSync(status)) return []

  return readStanzas(readFileSync(status, 'utf8')).map(({ name }) => name)
}
