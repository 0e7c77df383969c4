import type { Archive } from './archives.ts'
import type { Keys } from './keys.ts'
import type { Random } from './random.ts'

/** Stands for the machine's root folder in generated files: '' on the machine itself, a private folder where apt is run on it. */
export const ROOT = '@ROOT@'

export type MachineFiles = Map<string, string | Uint8Array>

/** The sources of a machine: which archives it enables, in which of the many ways of writing them. */
export function makeSources(random: Random, archives: readonly Archive[], keys: Keys): MachineFiles {
  const files: MachineFiles = new Map()
  const oneLine: string[] = random.chance(0.5) ? ['# See sources.list(5)', ''] : []
  const [first, ...others] = archives
  const enabled = [first as Archive, ...others.filter(() => random.chance(0.85))]
  for (const [index, together] of groupSuites(random, enabled).entries()) {
    const [archive] = together as [Archive, ...Archive[]]
    const trust = placeTrust(random, archive, keys, files)
    if (together.length === 1 && trust.inline === null && random.chance(0.5)) {
      const line = writeOneLine(random, archive, trust.options)
      if (random.chance(0.6)) oneLine.push(line)
      else files.set(`etc/apt/sources.list.d/${index}-${archive.host}.list`, `${line}\n`)
      if (random.chance(0.05)) oneLine.push(line)
    } else {
      const stanza = writeStanza(random, together, trust)
      const disabled = random.chance(0.2) ? `\n${DISABLED}` : ''
      files.set(`etc/apt/sources.list.d/${archive.host}-${index}.sources`, `${stanza}${disabled}`)
    }
  }
  if (random.chance(0.3)) oneLine.push(`#deb http://old.example.org/debian gone main`)
  if (random.chance(0.1)) files.set('etc/apt/sources.list.d/vendor.list.save', 'deb this is not read\n')
  if (random.chance(0.1)) files.set('etc/apt/sources.list.d/odd name.list', 'deb nor is this\n')
  if (oneLine.length > 0 || random.chance(0.5)) files.set('etc/apt/sources.list', `${oneLine.join('\n')}\n`)
  return files
}

const DISABLED = 'Types: deb\nURIs: http://old.example.org/debian\nSuites: gone\nComponents: main\nEnabled: no\n'

/** Suites that one deb822 stanza may name together: same address, same key. */
function groupSuites(random: Random, archives: readonly Archive[]): Archive[][] {
  const groups: Archive[][] = []
  for (const archive of archives) {
    const group = groups.find(([other]) => other?.host === archive.host && other.key === archive.key && !archive.flat)
    if (group !== undefined && random.chance(0.4)) group.push(archive)
    else groups.push([archive])
  }
  return groups
}

interface Trust {
  readonly options: readonly (readonly [name: string, value: string])[]
  /** An armoured key for a deb822 stanza's Signed-By. */
  readonly inline: string | null
}

function placeTrust(random: Random, archive: Archive, keys: Keys, files: MachineFiles): Trust {
  if (archive.key === null) return { options: [['trusted', 'yes']], inline: null }

  const isWrong = random.chance(0.03)
  const key = isWrong ? (archive.key === 'north' ? 'south' : 'north') : archive.key
  const way = random.int(0, 5)
  if (way === 0) return { options: [], inline: keys.armoured(key) }
  if (way === 1) {
    files.set(`usr/share/keyrings/${key}.asc`, keys.armoured(key))
    return { options: [['signed-by', `${ROOT}/usr/share/keyrings/${key}.asc`]], inline: null }
  }
  if (way === 2 && !isWrong) {
    files.set(`etc/apt/trusted.gpg.d/${key}.gpg`, keys.binary(key))
    return { options: random.chance(0.5) ? [] : [['signed-by', keys.fingerprint(key)]], inline: null }
  }
  files.set(`usr/share/keyrings/${key}.gpg`, keys.binary(key))
  return { options: [['signed-by', `${ROOT}/usr/share/keyrings/${key}.gpg`]], inline: null }
}

function oddOptions(random: Random, archive: Archive): (readonly [string, string])[] {
  const [native, foreign] = archive.architectures
  const options: (readonly [string, string])[] = []
  if (random.chance(0.15)) options.push(['arch', native as string])
  else if (random.chance(0.08)) options.push(['arch', `${native},${foreign}`])
  else if (random.chance(0.06)) options.push(['arch-', foreign as string])
  if (random.chance(0.1)) options.push(['lang', 'none'])
  if (random.chance(0.05)) options.push(['by-hash', random.pick(['no', 'yes', 'force'])])
  if (random.chance(0.05)) options.push(['check-valid-until', 'no'])
  return options
}

function addressOf(random: Random, archive: Archive): string {
  const folder = archive.folder.replace(archive.architectures[0] as string, random.chance(0.5) ? '$(ARCH)' : '$&')
  return `http://${archive.host}/${folder}${random.chance(0.3) ? '/' : ''}`
}

function writeOneLine(random: Random, archive: Archive, trust: Trust['options']): string {
  const options = random.shuffle([...trust, ...oddOptions(random, archive)])
  const written = options.map(([name, value]) => `${name}=${value}`)
  const bracket =
    written.length === 0 ? '' : `${random.chance(0.3) ? `[ ${written.join(' ')} ]` : `[${written.join(' ')}]`} `
  const components = archive.flat ? '' : ` ${chooseComponents(random, archive).join(' ')}`
  const comment = random.chance(0.1) ? ' # as agreed' : ''
  return `deb${random.chance(0.1) ? '\t' : ' '}${bracket}${addressOf(random, archive)} ${archive.suite}${components}${comment}`
}

function chooseComponents(random: Random, archive: Archive): readonly string[] {
  // Where no Release names the indexes, apt gives an archive up as a whole when one is missing, and keeps lists of before if it has them:
  // what it then says depends on the past and not on the archive.
  const missing = archive.release !== null && random.chance(0.05) ? ['no-such-component'] : []
  return random.chance(0.1) ? [archive.components[0] as string, ...missing] : [...archive.components, ...missing]
}

const FIELDS: Readonly<Record<string, string>> = {
  arch: 'Architectures',
  'arch-': 'Architectures-Remove',
  lang: 'Languages',
  'by-hash': 'By-Hash',
  'check-valid-until': 'Check-Valid-Until',
  trusted: 'Trusted',
  'signed-by': 'Signed-By',
}

function writeStanza(random: Random, together: readonly Archive[], trust: Trust): string {
  const [archive] = together as [Archive, ...Archive[]]
  const options = [...trust.options, ...oddOptions(random, archive)]
  const lines = [
    random.chance(0.2) ? '# as the vendor says' : '',
    // Without a Release file apt would insist on a list of sources.
    `Types: ${archive.release !== null && random.chance(0.05) ? 'deb-src deb' : 'deb'}`,
    `URIs: ${addressOf(random, archive)}`,
    random.chance(0.1) ? '# a comment inside the stanza' : '',
    `Suites: ${together.map(({ suite }) => suite).join(' ')}`,
    archive.flat ? '' : `Components: ${chooseComponents(random, archive).join(' ')}`,
    ...options.map(([name, value]) => `${FIELDS[name] ?? name}: ${value.replaceAll(',', ' ')}`),
    random.chance(0.2) ? 'Enabled: yes' : '',
    random.chance(0.1) ? 'X-Note: unknown fields are ignored' : '',
    trust.inline === null ? '' : `Signed-By:\n${indent(trust.inline)}`,
  ]
  return `${lines.filter((line) => line !== '').join('\n')}\n`
}

function indent(armoured: string): string {
  return armoured
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? ' .' : ` ${line}`))
    .join('\n')
}
