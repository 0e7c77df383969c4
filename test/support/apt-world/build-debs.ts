import { createHash } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { runOrThrow } from './run.ts'
import { describeStanza, type Stanza } from './stanza.ts'

/**
 * Builds the stanzas as real packages with dpkg-deb and has apt-ftparchive describe them; resolves to the text of the index. Equal
 * stanzas are built once in a `folder`.
 */
export async function buildIndex(folder: string, index: string, stanzas: readonly Stanza[]): Promise<string> {
  const place = join(folder, 'indexes', index)
  mkdirSync(place, { recursive: true })
  for (const stanza of stanzas) {
    const built = await buildDeb(folder, stanza)
    const target = join(place, built.name)
    if (!existsSync(target)) linkSync(built.path, target)
  }
  return await runOrThrow('apt-ftparchive', ['packages', '.'], { cwd: place })
}

async function buildDeb(folder: string, stanza: Stanza): Promise<{ name: string; path: string }> {
  const identity = createHash('sha256').update(JSON.stringify(stanza)).digest('hex').slice(0, 16)
  const name = `${stanza.name}_${identity}_${stanza.architecture}.deb`
  const path = join(folder, name)
  if (existsSync(path)) return { name, path }

  const tree = join(folder, 'trees', identity)
  const content = join(tree, 'usr/share', stanza.name)
  mkdirSync(join(tree, 'DEBIAN'), { recursive: true })
  mkdirSync(content, { recursive: true })
  writeFileSync(join(content, `build-${identity}`), Buffer.alloc(stanza.sizeBytes))
  writeFileSync(join(tree, 'DEBIAN/control'), control(stanza))
  await runOrThrow('dpkg-deb', ['--root-owner-group', '-Znone', '--build', tree, path])
  return { name, path }
}

function control(stanza: Stanza): string {
  const phased = stanza.phasedPercentage === null ? [] : [`Phased-Update-Percentage: ${stanza.phasedPercentage}`]
  const head = [`Package: ${stanza.name}`, 'Section: misc', 'Priority: optional']
  return `${[...head, ...phased, ...describeStanza(stanza)].join('\n')}\n`
}
