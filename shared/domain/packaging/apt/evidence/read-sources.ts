import { readText } from '../../../evidence.ts'
import { beyondQuota } from '../../evidence-fault.ts'
import { listConfigFolder } from './folder-rules.ts'
import { locateFile } from './read-configuration.ts'
import type { ReadSources, SourceEntry } from './source-entry.ts'
import { readDeb822Sources } from './sources-deb822.ts'
import { readOneLineSources } from './sources-one-line.ts'
import { resolveSources } from './sources.ts'
import type { ResolvedSources, SourceMachine } from './sources.ts'

/** Bytes of all sources of a machine together. */
const MAX_BYTES = 1024 * 1024
const MAX_ENTRIES = 5000

/**
 * The repositories that a machine has enabled: `sources.list`, then `sources.list.d` in byte order, each file in its own format.
 * A machine without any enabled source has a problem too, for nobody can say then what is outdated. @throws Fault `quota_exceeded`
 */
export function readSources(machine: SourceMachine): ResolvedSources {
  const warnings: string[] = []
  const problems: string[] = []
  const entries: SourceEntry[] = []
  let bytes = 0
  for (const path of listSourceFiles(machine, problems)) {
    bytes += machine.evidence.files.get(path)?.byteLength ?? 0
    if (bytes > MAX_BYTES) throw beyondQuota(path, 'more than 1 MiB of sources.')

    const read = readFile(path, readText(machine.evidence, path) ?? '', machine.architectures[0] ?? '')
    for (const entry of read.entries) entries.push(entry)
    if (entries.length > MAX_ENTRIES) throw beyondQuota(path, `more than ${MAX_ENTRIES} entries in the sources.`)
    warnings.push(...read.warnings)
    problems.push(...read.problems)
  }

  problems.push(...findSnapshots(entries))
  const resolved = resolveSources(entries, machine)
  if (resolved.repositories.length === 0 && problems.length + resolved.problems.length === 0) {
    problems.push(
      'etc/apt/sources.list: no package source is enabled, so nothing can be compared with what is installed.',
    )
  }
  return {
    repositories: resolved.repositories,
    keyrings: resolved.keyrings,
    warnings: [...warnings, ...resolved.warnings],
    problems: [...problems, ...resolved.problems],
  }
}

/** `Snapshot: ID` makes apt fetch from another place (apt ≥ 3); the words only allow it to be asked for. */
function findSnapshots(entries: readonly SourceEntry[]): string[] {
  return entries
    .filter(
      ({ options }) => !['', 'yes', 'no', 'enable', 'disable'].includes((options.get('snapshot') ?? '').toLowerCase()),
    )
    .map(({ place }) => `${place}: asks for a snapshot of the archive, which is not followed.`)
}

function readFile(path: string, text: string, architecture: string): ReadSources {
  return path.endsWith('.sources')
    ? readDeb822Sources(path, text, architecture)
    : readOneLineSources(path, text, architecture)
}

function listSourceFiles(machine: SourceMachine, problems: string[]): string[] {
  const { evidence, config } = machine
  const usual = 'etc/apt/sources.list'
  const main = locateFile(config, 'Dir::Etc::sourcelist', usual)
  const folder = locateFile(config, 'Dir::Etc::sourceparts', `${usual}.d`)
  const parts =
    folder === null ? [] : listConfigFolder(evidence, folder, { extensions: ['list', 'sources'], bareNames: false })
  if (main !== null && main !== usual && !evidence.files.has(main)) {
    problems.push(`etc/apt: the configuration moves the sources to /${main}, which is not part of the evidence.`)
  }
  if (folder !== null && folder !== `${usual}.d` && parts.length === 0) {
    problems.push(`etc/apt: the configuration moves the sources to /${folder}/, which is not part of the evidence.`)
  }
  return [...(main !== null && evidence.files.has(main) ? [main] : []), ...parts]
}
