import { listFolder, readText } from '../../../../evidence.ts'
import type { Evidence } from '../../../../evidence.ts'
import type { RpmTool } from '../../model.ts'
import { beyondQuota } from '../../../evidence-fault.ts'
import { showWord } from '../show-word.ts'
import { readIni } from './ini.ts'
import type { IniDialect, IniSection } from './ini.ts'
import { readBoolean, splitList } from './option-values.ts'
import type { Report } from './report.ts'

/** A value of `[main]` and where it stands. */
export interface Setting {
  readonly text: string
  readonly place: string
}

/** The tool's own settings, `[main]` of all its files put together. */
export interface MainConfiguration {
  /** The value that counts, null where no file sets it. */
  find(key: string): Setting | null
  /** Null where no file sets it, or what it is set to is neither true nor false, which the tools ignore with a word. */
  findBoolean(key: string): boolean | null
  /** Of keys whose values add up; a value that begins with a delimiter, or is empty, clears what came before. */
  collect(keys: readonly string[], start: readonly string[]): readonly string[]
  /** Repositories that the main file itself defines. */
  readonly sections: readonly { readonly section: IniSection; readonly path: string }[]
}

/** Bytes of all configuration files of one machine together. */
const MAX_BYTES = 4 * 1024 * 1024

export const DIALECTS: Readonly<Record<RpmTool, IniDialect>> = { dnf4: 'dnf', dnf5: 'dnf', yum: 'yum', zypper: 'zypp' }

/**
 * Reads the main configuration: for dnf5 the drop-ins, of which those in `/etc` mask their namesakes in `/usr`, in the order of their
 * names, then `dnf.conf`, which has the last word (libdnf5, Base::load_config). A file that the tool cannot read is a problem: it refuses
 * to work. @throws Fault `quota_exceeded`
 */
export function readMainConfiguration(evidence: Evidence, tool: RpmTool, report: Report): MainConfiguration {
  const layers: { readonly main: IniSection; readonly path: string }[] = []
  const sections: { section: IniSection; path: string }[] = []
  let bytes = 0
  for (const path of listConfigurationFiles(evidence, tool)) {
    bytes += evidence.files.get(path)?.byteLength ?? 0
    if (bytes > MAX_BYTES) throw beyondQuota(path, 'more than 4 MiB of configuration.')

    const ini = readIni(readText(evidence, path) ?? '', DIALECTS[tool])
    if (ini.status === 'refused') {
      report.problems.push(`${path}:${ini.line}: ${ini.reason}; the machine's package manager refuses it.`)
      continue
    }
    for (const section of ini.sections.values()) {
      if (section.name === 'main') layers.push({ main: section, path })
      else if (path === MAIN_FILES[tool].at(0)) sections.push({ section, path })
    }
  }

  const find = (key: string): Setting | null => {
    for (const { main, path } of layers.toReversed()) {
      const value = main.values.get(key)
      if (value !== undefined) return { text: value.text, place: `${path}:${value.line}` }
    }
    return null
  }
  return {
    find,
    findBoolean: (key) => {
      const setting = find(key)
      if (setting === null) return null
      const value = readBoolean(setting.text)
      if (value === null && setting.text !== '') {
        report.warnings.push(
          `${setting.place}: ${key}: ${showWord(setting.text)} is neither yes nor no; it is ignored.`,
        )
      }
      return value
    },
    collect: (keys, start) => collectLists(layers, keys, start),
    sections,
  }
}

function collectLists(
  layers: readonly { readonly main: IniSection }[],
  keys: readonly string[],
  start: readonly string[],
): readonly string[] {
  let all = [...start]
  for (const { main } of layers) {
    for (const [key, { text }] of main.values) {
      if (!keys.includes(key)) continue
      const { items, isReset } = splitList(text)
      all = isReset ? [...items] : [...all, ...items]
    }
  }
  return all
}

/** The first that is there counts. */
const MAIN_FILES: Readonly<Record<RpmTool, readonly string[]>> = {
  dnf5: ['etc/dnf/dnf.conf'],
  dnf4: ['etc/dnf/dnf.conf'],
  yum: ['etc/yum.conf'],
  zypper: ['etc/zypp/zypp.conf', 'usr/etc/zypp/zypp.conf'],
}

/** In the order in which they are read; the last one has the last word. */
function listConfigurationFiles(evidence: Evidence, tool: RpmTool): string[] {
  const main = MAIN_FILES[tool].find((path) => evidence.files.has(path))
  const parts =
    tool === 'dnf5' ? listMasked(evidence, ['etc/dnf/libdnf5.conf.d', 'usr/share/dnf5/libdnf.conf.d'], '.conf') : []
  return main === undefined ? parts : [...parts, main]
}

/** Files of several folders in the order of their names; of two of one name that in the earlier folder counts. */
export function listMasked(evidence: Evidence, folders: readonly string[], ending: string): string[] {
  const byName = new Map<string, string>()
  for (const folder of folders) {
    for (const path of listFolder(evidence, folder)) {
      const name = path.slice(folder.length + 1)
      if (name.endsWith(ending) && !byName.has(name)) byName.set(name, path)
    }
  }
  return [...byName].toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))).map(([, path]) => path)
}
