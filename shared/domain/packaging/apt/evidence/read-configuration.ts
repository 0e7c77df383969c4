import { readText } from '../../../evidence.ts'
import type { Evidence } from '../../../evidence.ts'
import { readAptConf } from './apt-conf.ts'
import { configList, configText, emptyConfiguration, findNode } from './configuration.ts'
import type { AptConfiguration } from './configuration.ts'
import { beyondQuota } from '../../evidence-fault.ts'
import { listConfigFolder } from './folder-rules.ts'

/** Bytes of all configuration files together. */
const MAX_BYTES = 1024 * 1024

export interface ReadConfiguration {
  readonly config: AptConfiguration
  readonly warnings: readonly string[]
  readonly problems: readonly string[]
}

/**
 * The machine's configuration as apt puts it together: `apt.conf.d` in byte order, then `apt.conf`, which has the last word.
 * A syntax error makes apt refuse to work: a problem. @throws Fault `quota_exceeded`
 */
export function readConfiguration(evidence: Evidence): ReadConfiguration {
  const config = emptyConfiguration()
  const warnings: string[] = []
  const problems: string[] = []
  const read = (path: string, text: string) => {
    const result = readAptConf(config, path, text)
    problems.push(...result.unfollowed)
    if (result.problem !== null) problems.push(result.problem)
  }

  let bytes = 0
  for (const path of listConfigFolder(evidence, 'etc/apt/apt.conf.d', { extensions: ['conf'], bareNames: true })) {
    bytes += evidence.files.get(path)?.byteLength ?? 0
    if (bytes > MAX_BYTES) throw beyondQuota('etc/apt/apt.conf.d', 'more than 1 MiB of configuration.')
    read(path, readText(evidence, path) ?? '')
  }

  const main = locateFile(config, 'Dir::Etc::main', 'etc/apt/apt.conf')
  const text = main === null ? null : readText(evidence, main)
  if (main !== null && text !== null) {
    if (bytes + text.length > MAX_BYTES) throw beyondQuota(main, 'more than 1 MiB of configuration.')
    read(main, text)
  }
  return { config, warnings, problems: [...problems, ...findUnfollowed(config)] }
}

/** Settings that change what is offered in ways that are not followed: better unknown than wrong. */
const UNFOLLOWED = ['APT::Architecture-Variants', 'APT::Sources::With', 'APT::Snapshot']

function findUnfollowed(config: AptConfiguration): string[] {
  return UNFOLLOWED.filter((name) => configText(config, name) !== '' || configList(config, name).length > 0).map(
    (name) => `etc/apt: the configuration sets ${name}, which is not followed.`,
  )
}

/** apt's own places, for the parts of a path that the configuration leaves alone. */
const USUAL = new Map([
  ['dir', '/'],
  ['dir::etc', 'etc/apt'],
  ['dir::etc::main', 'apt.conf'],
  ['dir::etc::sourcelist', 'sources.list'],
  ['dir::etc::sourceparts', 'sources.list.d'],
  ['dir::etc::preferences', 'preferences'],
  ['dir::etc::preferencesparts', 'preferences.d'],
  ['dir::etc::trusted', 'trusted.gpg'],
  ['dir::etc::trustedparts', 'trusted.gpg.d'],
  ['dir::state', 'var/lib/apt'],
  ['dir::state::status', '/var/lib/dpkg/status'],
])

/**
 * Where a `Dir::…` setting leads inside the machine: a path as evidence writes it. null: nowhere (`/dev/null`, or outside).
 * `usual` is returned where nothing on the way is set. The path is only ever looked up in the evidence.
 */
export function locateFile(config: AptConfiguration, name: string, usual: string): string | null {
  const tags = name.split('::')
  const names = tags.map((_, index) => tags.slice(0, index + 1).join('::'))
  const rootDir = findNode(config, 'RootDir')?.value ?? ''
  if (rootDir === '' && names.every((tag) => (findNode(config, tag)?.value ?? '') === '')) return usual

  let path = ''
  for (const tag of names.toReversed()) {
    const part = findNode(config, tag)?.value || USUAL.get(tag.toLowerCase()) || ''
    path = path === '' ? part : `${part.replace(/\/+$/, '')}/${path}`
    if (part.startsWith('/dev/null')) return null
    if (path.startsWith('/') && part !== '/') break
  }
  return normalise(`${rootDir}/${path}`)
}

function normalise(path: string): string | null {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return null
    } else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.length === 0 ? null : parts.join('/')
}
