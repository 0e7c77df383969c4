import { gzipSync } from 'node:zlib'
import { statusEntry } from './apt-evidence.ts'
import { makeArchive } from './hostile-repositories/archive.ts'
import { bytesOf } from './hostile-texts.ts'
import { MIRROR } from './station-world.ts'
import type { StationWorld } from './station-world.ts'
import { tarGzOf } from './tar-builder.ts'

const addressOf = (at: number, kind: string) => `${MIRROR}/${kind}-${at}`

/** Several archives of one text: in the names of a Release, in versions and names of packages, in errors of the server. */
export async function plantArchives(world: StationWorld, at: number, text: string): Promise<void> {
  const serveAt = async (kind: string, index: string, edit: (release: string) => string) => {
    const plan = {
      packages: bytesOf(index),
      edit,
      sign: async (release: string) => ({ Release: bytesOf(release) }),
    }
    for (const [path, behaviour] of await makeArchive(plan, world.keys, world.station.clock.now())) {
      if (behaviour.kind === 'serve') {
        world.outside.set(`${addressOf(at, kind)}/dists/stable/${path}`, Buffer.from(behaviour.body))
      }
    }
  }
  const stanza = (fields: Readonly<Record<string, string>>) =>
    `${Object.entries({ Package: 'probe', Version: '2.0', Architecture: 'amd64', Filename: 'x', Size: '1', ...fields })
      .map(([name, value]) => `${name}: ${value}\n`)
      .join('')}\n`
  const plain = (release: string) => release
  await serveAt('release', stanza({}), (release) =>
    release.replace(/^(Origin|Label|Suite|Codename|Version): .*$/gm, `$1: ${text}`),
  )
  await serveAt('version', stanza({ Version: `2.0${text}` }), plain)
  await serveAt('source', stanza({ Source: `${text} (${text})`, Version: '3.0', Section: text, Depends: text }), plain)
  await serveAt('name', stanza({ Package: text }) + stanza({}), plain)
  await serveAt('architecture', stanza({ Architecture: text }), plain)
  await serveAt('component', stanza({}), (release) => `${release}${text}: ${text}\n`)
  world.outside.set(`${addressOf(at, 'page')}/dists/stable/InRelease`, bytesOf(text))
}

const KINDS = ['release', 'version', 'source', 'name', 'architecture', 'component', 'page']

/** Evidence with the text in it, by kind: in sound sources, in every file, in a file's name, in the package database, in place of it all. */
export function plantEvidence(at: number, text: string): readonly (readonly [kind: string, body: Buffer])[] {
  const status = statusEntry({ Package: 'probe', Version: '1.0' })
  const lawful = KINDS.map((kind) => `deb [arch=amd64 trusted=yes] ${addressOf(at, kind)} stable main\n`).join('')
  const hostile: Record<string, string> = {
    'etc/apt/sources.list': `deb ${MIRROR}/${text} ${text} ${text}\n${text}\ndeb [${text}=${text}] ${MIRROR} stable main\n`,
    'etc/apt/sources.list.d/a.list': `deb [signed-by=/${text}.gpg arch=${text}] ${MIRROR}/s stable main\ndeb ${text}://x stable main\n`,
    'etc/apt/sources.list.d/b.sources': `Types: deb ${text}\nURIs: ${MIRROR}/t\nSuites: ${text}\nComponents: ${text}\n${text}: ${text}\n`,
    'etc/apt/preferences': `Package: ${text}\nPin: ${text}\nPin-Priority: 1\n\nPackage: *\nPin: release a=${text}\nPin-Priority: ${text}\n`,
    'etc/apt/apt.conf': `APT::Default-Release "${text}";\nAPT::Machine-ID "${text}";\n${text} "${text}";\nDir::Etc "${text}";\n#include "${text}";\n`,
    'etc/os-release': `ID=${text}\nVERSION_ID="${text}"\nPRETTY_NAME="${text}"\n`,
    'etc/machine-id': `${text}\n`,
    'lazaret/omitted': `${text}\t${text}\n`,
  }
  const members = (files: Readonly<Record<string, string>>) =>
    tarGzOf(
      Object.entries({ 'var/lib/dpkg/status': status, 'lazaret/architecture': 'amd64\n', ...files }).map(
        ([name, data]) => ({ name, data: bytesOf(data) }),
      ),
    )
  const inName = tarGzOf([
    { name: 'var/lib/dpkg/status', data: status },
    { name: 'lazaret/architecture', data: 'amd64\n' },
    { name: bytesOf(`etc/apt/sources.list.d/${text.slice(0, 60)}.list`), data: 'deb x\n' },
  ])
  return [
    ['sound', members({ 'etc/apt/sources.list': lawful })],
    ['hostile', members(hostile)],
    ['named', inName],
    ['refused', members({ 'var/lib/dpkg/status': statusEntry({ Package: text, Version: text }) })],
    ['broken', gzipSync(bytesOf(text))],
  ]
}
