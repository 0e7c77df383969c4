import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'

import type { Archive, IndexFormat } from './archives.ts'
import type { Keys } from './keys.ts'
import { buildIndex } from './build-debs.ts'
import { runOrThrow } from './run.ts'
import { describeStanza, type Stanza } from './stanza.ts'

export interface PublishTools {
  readonly keys: Keys
  readonly now: Date
  /** Where real packages are built and described by apt-ftparchive; null: the indexes are written as it would write them. */
  readonly pool: string | null
}

/** Writes an archive below `root/<host>/` as a mirror would serve it: indexes, Release by apt-ftparchive, signatures by GnuPG. */
export async function publishArchive(root: string, archive: Archive, tools: PublishTools): Promise<void> {
  const base = join(root, archive.host, archive.folder)
  const folder = archive.flat ? join(base, archive.suite) : join(base, 'dists', archive.suite)
  mkdirSync(folder, { recursive: true })

  for (const [path, stanzas] of archive.indexes) {
    const name = `${archive.host}/${archive.suite}/${path}`
    const text = tools.pool === null ? renderIndex(stanzas) : await buildIndex(tools.pool, name, stanzas)
    await writeIndex(join(folder, path), text, archive.formats)
  }
  if (archive.release !== null) {
    const text = await describeRelease(folder, archive, tools.now)
    writeFileSync(join(folder, 'Release'), text)
    if (archive.key !== null) await signRelease(folder, archive, tools.keys)
  }
  finishIndexes(folder, archive)
}

async function writeIndex(path: string, text: string, formats: readonly IndexFormat[]): Promise<void> {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  for (const format of formats) {
    if (format === 'gz') writeFileSync(`${path}.gz`, gzipSync(text))
    if (format === 'zst') writeFileSync(`${path}.zst`, zstdCompressSync(text))
    if (format === 'xz') await runOrThrow('xz', ['--keep', '--threads=1', path])
    if (format === 'bz2') await runOrThrow('bzip2', ['--keep', path])
  }
}

function renderIndex(stanzas: readonly Stanza[]): string {
  return stanzas.map((stanza) => `${renderStanza(stanza)}\n`).join('\n')
}

function renderStanza(stanza: Stanza): string {
  const identity = JSON.stringify(stanza)
  const phased = stanza.phasedPercentage === null ? [] : [`Phased-Update-Percentage: ${stanza.phasedPercentage}`]
  return [
    `Package: ${stanza.name}`,
    ...describeStanza(stanza),
    'Section: misc',
    'Priority: optional',
    `Filename: pool/${stanza.name}_${stanza.version.replace(':', '%3a')}_${stanza.architecture}.deb`,
    `Size: ${stanza.sizeBytes}`,
    `SHA256: ${createHash('sha256').update(identity).digest('hex')}`,
    ...phased,
  ].join('\n')
}

async function describeRelease(folder: string, archive: Archive, now: Date): Promise<string> {
  const { release } = archive
  if (release === null) return ''

  const architectures = [...archive.architectures, ...(archive.binaryAll === 'no' ? [] : ['all'])].join(' ')
  const fields: readonly (readonly [string, string])[] = [
    ['Origin', release.origin],
    ['Label', release.label],
    ['Suite', release.suite],
    ['Codename', release.codename],
    ['Version', release.version],
    ['Date', new Date(now.getTime() - 3_600_000).toUTCString().replace('GMT', 'UTC')],
    ['Valid-Until', new Date(now.getTime() + 7 * 86_400_000).toUTCString().replace('GMT', 'UTC')],
    ['NotAutomatic', release.notAutomatic ? 'yes' : ''],
    ['ButAutomaticUpgrades', release.butAutomaticUpgrades ? 'yes' : ''],
    ['Acquire-By-Hash', archive.byHash ? 'yes' : ''],
    ['Architectures', archive.flat ? '' : architectures],
    ['Components', archive.flat ? '' : archive.components.join(' ')],
  ]
  const options = fields
    .filter(([, value]) => value !== '')
    .flatMap(([name, value]) => ['-o', `APT::FTPArchive::Release::${name}=${value}`])
  return await runOrThrow('apt-ftparchive', [...options, 'release', '.'], { cwd: folder })
}

async function signRelease(folder: string, archive: Archive, keys: Keys): Promise<void> {
  if (archive.key === null) return

  const path = join(folder, 'Release')
  if (archive.signature === 'inline')
    await keys.sign(archive.key, ['--clearsign', '--output', join(folder, 'InRelease'), path])
  else await keys.sign(archive.key, ['--armor', '--detach-sign', '--output', `${path}.gpg`, path])
}

/** Release names the plain index; most archives do not ship it. Names by content beside, where the archive offers them. */
function finishIndexes(folder: string, archive: Archive): void {
  for (const path of archive.indexes.keys()) {
    const place = dirname(join(folder, path))
    if (!archive.formats.includes('plain')) rmSync(join(folder, path))
    if (!archive.byHash) continue

    const byHash = join(place, 'by-hash', 'SHA256')
    mkdirSync(byHash, { recursive: true })
    for (const name of readdirSync(place).filter((entry) => entry.startsWith('Packages'))) {
      const bytes = readFileSync(join(place, name))
      writeFileSync(join(byHash, createHash('sha256').update(bytes).digest('hex')), bytes)
    }
  }
}
