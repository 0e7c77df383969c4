import { listFolder, readText } from '../../../../evidence.ts'
import type { Evidence } from '../../../../evidence.ts'
import { compileGlob } from '../../check/glob.ts'
import type { RpmRepository, RpmRepositoryPolicy, RpmTool } from '../../model.ts'
import { beyondQuota } from '../../../evidence-fault.ts'
import { showWord } from '../show-word.ts'
import { readIni } from '../files/ini.ts'
import type { IniSection } from '../files/ini.ts'
import { DIALECTS, listMasked } from '../files/main-configuration.ts'
import type { MainConfiguration } from '../files/main-configuration.ts'
import type { Report } from '../files/report.ts'
import { expandVariables } from '../files/variables.ts'
import type { Variables } from '../files/variables.ts'
import { buildRepository } from './build-repository.ts'
import type { BuildContext } from './build-repository.ts'
import type { RepositorySection, SectionLayer } from './section.ts'
import { reportServices } from './services.ts'
import { openKeyReader } from './trust.ts'

export interface ReadRepositories {
  readonly repositories: readonly RpmRepository[]
  readonly policies: readonly RpmRepositoryPolicy[]
  readonly keyrings: ReadonlyMap<string, Uint8Array>
}

interface Machine {
  readonly evidence: Evidence
  readonly tool: RpmTool
  readonly main: MainConfiguration
  readonly variables: Variables
  readonly report: Report
}

/** Bytes of all `.repo` files, and repositories that one machine may have enabled. */
const MAX_BYTES = 4 * 1024 * 1024
const MAX_REPOSITORIES = 500

/** Every enabled repository of the machine, in its tool's order. @throws Fault `quota_exceeded` */
export function readRepositories(machine: Machine): ReadRepositories {
  const { evidence, tool, report } = machine
  const keys = openKeyReader(evidence)
  const obeysPriorities = tool !== 'yum' || isPluginEnabled(evidence, 'priorities')
  const context: BuildContext = { ...machine, keys, obeysPriorities }
  const repositories = new Map<string, RpmRepository>()
  const policies: RpmRepositoryPolicy[] = []
  const sections = listSections(machine)
  for (const section of sections) {
    const built = buildRepository(section, context)
    if (built === null) continue

    repositories.set(built.repository.id, built.repository)
    policies.push(built.policy)
    if (policies.length > MAX_REPOSITORIES)
      throw beyondQuota(section.place, `more than ${MAX_REPOSITORIES} repositories.`)
  }
  if (tool === 'zypper') reportServices(evidence, sections, report)
  if (policies.length === 0) {
    report.problems.push('No repository is enabled: nobody can say whether anything is outdated.')
  }
  return { repositories: [...repositories.values()], policies, keyrings: keys.keyrings }
}

/** yum's plugins are on where their file says so, by `enabled=1`. */
export function isPluginEnabled(evidence: Evidence, name: string): boolean {
  const ini = readIni(readText(evidence, `etc/yum/pluginconf.d/${name}.conf`) ?? '', 'yum')
  return (
    ini.status === 'read' &&
    /^(?:1|yes|true|on)$/i.test(ini.sections.get('main')?.values.get('enabled')?.text.trim() ?? '')
  )
}

/** Of sections of one name the first counts; the tools only say a word. */
function listSections(machine: Machine): RepositorySection[] {
  const { tool, main, variables, report } = machine
  const found = new Map<string, RepositorySection>()
  const all = [...main.sections, ...readFiles(machine)]
  for (const { section, path } of all) {
    // For libzypp it is a name as any other.
    if (section.name === 'main' && tool !== 'zypper') continue

    const expanded = tool === 'zypper' ? section.name : expandVariables(section.name, variables, 'dnf').text
    const place = `${path}:${section.line}`
    const first = found.get(expanded)
    if (!isSectionName(expanded, tool)) {
      report.problems.push(
        `${place}: ${showWord(expanded)} cannot be the name of a repository; the machine leaves it out.`,
      )
    } else if (first !== undefined) {
      report.warnings.push(`${place}: [${expanded}] is there already (${first.place}), which counts.`)
    } else found.set(expanded, { id: expanded, place, layers: [{ path, values: section.values }] })
  }
  const sections = tool === 'dnf5' ? applyOverrides([...found.values()], machine) : [...found.values()]
  return tool === 'zypper' ? sections.toSorted((a, b) => (a.id < b.id ? -1 : 1)) : sections
}

/** libdnf lets letters, digits and `-_.:` be (Repo::verifyId). libzypp and yum are not so strict. */
function isSectionName(name: string, tool: RpmTool): boolean {
  const isDnf = tool === 'dnf4' || tool === 'dnf5'
  return isDnf ? /^[A-Za-z0-9_.:-]{1,200}$/.test(name) : /^[^\p{Cc}]{1,200}$/u.test(name)
}

const FOLDERS: Readonly<Record<RpmTool, readonly string[]>> = {
  dnf5: ['etc/yum.repos.d', 'etc/distro.repos.d', 'usr/share/dnf5/repos.d'],
  dnf4: ['etc/yum.repos.d', 'etc/yum/repos.d', 'etc/distro.repos.d'],
  yum: ['etc/yum/repos.d', 'etc/yum.repos.d'],
  zypper: ['etc/zypp/repos.d'],
}

function* readFiles({ evidence, tool, main, report }: Machine): Generator<{ section: IniSection; path: string }> {
  let bytes = 0
  for (const path of listRepositoryFiles(evidence, tool, main, report)) {
    bytes += evidence.files.get(path)?.byteLength ?? 0
    if (bytes > MAX_BYTES) throw beyondQuota(path, 'more than 4 MiB of repositories.')

    const ini = readIni(readText(evidence, path) ?? '', DIALECTS[tool])
    if (ini.status === 'refused') {
      report.problems.push(`${path}:${ini.line}: ${ini.reason}; the machine's package manager refuses the file.`)
      continue
    }
    for (const section of ini.sections.values()) yield { section, path }
  }
}

/** dnf4 sorts the files of all folders together, by path without ending; dnf5 goes through one folder after the other. */
function listRepositoryFiles(evidence: Evidence, tool: RpmTool, main: MainConfiguration, report: Report): string[] {
  const moved = tool === 'zypper' ? null : main.find('reposdir')
  const folders =
    moved === null ? FOLDERS[tool] : main.collect(['reposdir'], []).map((folder) => folder.replace(/^\/+|\/+$/g, ''))
  const files = folders.flatMap((folder) => listFolder(evidence, folder).filter((path) => path.endsWith('.repo')))
  if (moved !== null && files.length === 0) {
    report.problems.push(`${moved.place}: the repositories are moved to a folder that is not part of the evidence.`)
  }
  if (tool !== 'dnf4') return files

  const key = (path: string) => path.slice(0, -'.repo'.length).replaceAll('/', '\0')
  return files.toSorted((a, b) => Buffer.compare(Buffer.from(key(a)), Buffer.from(key(b))))
}

const OVERRIDES = ['etc/dnf/repos.override.d', 'usr/share/dnf5/repos.override.d']

/** dnf5: sections there are patterns over names of repositories, and have the last word. */
function applyOverrides(sections: readonly RepositorySection[], { evidence, report }: Machine): RepositorySection[] {
  const overrides: { readonly matches: (name: string) => boolean; readonly layer: SectionLayer }[] = []
  for (const path of listMasked(evidence, OVERRIDES, '.repo')) {
    const ini = readIni(readText(evidence, path) ?? '', 'dnf')
    if (ini.status === 'refused') {
      report.problems.push(`${path}:${ini.line}: ${ini.reason}; the machine's package manager refuses it.`)
      continue
    }
    for (const { name, values } of ini.sections.values())
      overrides.push({ matches: compileGlob(name), layer: { path, values } })
  }
  if (overrides.length === 0) return [...sections]
  return sections.map((section) => ({
    ...section,
    layers: [...section.layers, ...overrides.filter(({ matches }) => matches(section.id)).map(({ layer }) => layer)],
  }))
}
