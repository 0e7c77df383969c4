import { openRandom, type Random } from '../apt-world/random.ts'
import { makeInstalled } from './installed.ts'
import { build } from './family.ts'
import { type BuiltPackage, evrOf } from './package.ts'
import { HOST } from './repositories.ts'
import type { RpmWorld } from './world.ts'

/** One machine of a world: its configuration files by path, and what is installed. */
export interface RpmMachine {
  readonly name: string
  readonly tool: 'dnf4' | 'zypper'
  readonly files: ReadonlyMap<string, string>
  readonly installed: readonly BuiltPackage[]
  /** Names of packages of which some version conflicts with another package, and of those others. */
  readonly conflicting: ReadonlySet<string>
}

/** Stands for the machine's root where a configuration names a path: '' for the evidence, the folder for the real tool. */
export const ROOT = '@ROOT@'

/** Makes one machine; equal arguments make equal machines. */
export function makeRpmMachine(world: RpmWorld, index: number, tool: RpmMachine['tool']): RpmMachine {
  const random = openRandom(`${world.seed}/machine${index}/${tool}`)
  const files = new Map<string, string>()
  files.set('etc/os-release', OS_RELEASE)
  const streams = new Map<string, string>()
  if (tool === 'dnf4') configureModules(random.fork('modules'), world, files, streams)
  const installed = [...makeInstalled(random.fork('installed'), world, streams), ...TOOLS[tool]]
  if (tool === 'dnf4') configureDnf(random.fork('dnf'), world, installed, files)
  else configureZypper(random.fork('zypper'), world, installed, files)
  return { name: `${world.seed}/machine${index}/${tool}`, tool, files, installed, conflicting: findConflicting(world) }
}

function findConflicting({ families }: RpmWorld): ReadonlySet<string> {
  const all = families.flatMap(({ eras }) => eras.flat())
  return new Set(
    all.flatMap(({ name, conflicts }) => (conflicts.length === 0 ? [] : [name, ...conflicts.map((one) => one.name)])),
  )
}

/** The package manager itself, as every machine has it; no repository offers another. */
const TOOLS: Readonly<Record<RpmMachine['tool'], readonly BuiltPackage[]>> = {
  dnf4: [build('dnf', { epoch: null, version: '4.14.0', release: '9.hb9' }, 'noarch')],
  zypper: [build('zypper', { epoch: null, version: '1.14.42', release: '2.hb9' }, 'x86_64')],
}

const OS_RELEASE = 'ID=harbour\nVERSION_ID="9.4"\nPRETTY_NAME="Harbour 9.4"\nPLATFORM_ID="platform:el9"\n'

function configureModules(random: Random, world: RpmWorld, files: Map<string, string>, streams: Map<string, string>) {
  const states = new Map<string, string>()
  for (const one of world.modules) {
    const kind = random.int(0, 9)
    if (kind >= 4) states.set(one.name, kind < 9 ? random.pick(one.builds).stream : '')
  }
  // dnf enables with a stream what that stream needs.
  for (const { name, builds } of world.modules.toReversed()) {
    const needs = builds.find(({ stream }) => stream === states.get(name))?.requires ?? new Map<string, string[]>()
    for (const [other, wanted] of needs) if (other !== 'platform') states.set(other, wanted[0] ?? '')
  }
  for (const [name, stream] of states) {
    if (stream !== '') streams.set(name, stream)
    const text = `[${name}]\nname=${name}\nstream=${stream}\nprofiles=\nstate=${stream === '' ? 'disabled' : 'enabled'}\n`
    files.set(`etc/dnf/modules.d/${name}.module`, text)
  }
}

function configureDnf(random: Random, world: RpmWorld, installed: readonly BuiltPackage[], files: Map<string, string>) {
  const main = ['[main]', 'gpgcheck=0', `best=${random.pick(['True', 'False'])}`, 'installonly_limit=3']
  if (random.chance(0.1)) main.push('obsoletes=False')
  if (random.chance(0.15)) main.push('allow_vendor_change=False')
  if (random.chance(0.1)) main.push('multilib_policy=all')
  if (random.chance(0.2)) main.push(`excludepkgs=${makePatterns(random, installed, random.int(1, 3)).join(', ')}`)
  if (random.chance(0.1)) main.push(`installonlypkgs=${random.pick(installed).name}`)
  files.set('etc/dnf/dnf.conf', `${main.join('\n')}\n`)
  files.set('etc/dnf/vars/harbour', 'base\n')

  const usesOneFile = random.chance(0.3)
  const sections = random.shuffle(world.repositories).flatMap(({ id }) => describeDnfRepository(random, id, installed))
  for (const { id, text } of sections)
    files.set(
      `etc/yum.repos.d/${usesOneFile ? 'all' : id}.repo`,
      `${usesOneFile ? (files.get('etc/yum.repos.d/all.repo') ?? '') : ''}${text}`,
    )

  const hasLocks = random.chance(0.25)
  files.set(
    'etc/dnf/plugins/versionlock.conf',
    `[main]\nenabled=1\nlocklist=${ROOT}/etc/dnf/plugins/versionlock.list\n`,
  )
  const locks = Array.from({ length: hasLocks ? random.int(1, 3) : 0 }, () =>
    makeVersionLock(random, world, random.pick(installed)),
  )
  files.set('etc/dnf/plugins/versionlock.list', `# kept\n${locks.join('\n')}\n`)
}

function describeDnfRepository(random: Random, id: string, installed: readonly BuiltPackage[]) {
  if (id === 'extras' && random.chance(0.3)) return []
  const url = id === 'base' && random.chance(0.3) ? `http://${HOST}/$harbour` : `http://${HOST}/${id}`
  const lines = [`[${id}]`, `name=${id} for $basearch`, 'gpgcheck=0']
  lines.push(random.chance(0.1) ? `baseurl=http://${HOST}/gone/ ${url}/` : `baseurl=${url}${random.pick(['', '/'])}`)
  if (random.chance(0.7)) lines.push('enabled=1')
  else if (id === 'extras') lines.push('enabled=0')
  if (random.chance(0.2)) lines.push(`priority=${random.pick([1, 10, 50, 99, 120])}`)
  if (random.chance(0.1)) lines.push(`cost=${random.pick([500, 2000])}`)
  if (random.chance(0.12)) lines.push(`exclude=${makePatterns(random, installed, 2).join(' ')}`)
  if (random.chance(0.06)) lines.push(`includepkgs=${makePatterns(random, installed, 4).join(',')}, *-libs`)
  if (random.chance(0.08)) lines.push('module_hotfixes=1')
  return [{ id, text: `${lines.join('\n')}\n\n` }]
}

function makePatterns(random: Random, installed: readonly BuiltPackage[], count: number): string[] {
  return Array.from({ length: count }, () => {
    const { name, architecture } = random.pick(installed)
    return random.pick([
      name,
      name,
      `${name}.${architecture}`,
      `${name.slice(0, 3)}*`,
      `${name}*.i686`,
      `?${name.slice(1)}`,
      '*-devel',
    ])
  })
}

function makeVersionLock(random: Random, world: RpmWorld, installed: BuiltPackage): string {
  const offers = world.repositories.flatMap(({ packages }) => packages.filter(({ name }) => name === installed.name))
  const target = offers.length > 0 && random.chance(0.4) ? random.pick(offers) : installed
  const forms = [
    `${target.name}-${target.epoch ?? 0}:${target.version}-${target.release}.*`,
    `${target.name}-${target.version}-${target.release}`,
    `${target.name}-${target.version}-*`,
    target.name,
  ]
  return random.chance(0.2) ? `!${random.pick(forms.slice(0, 2))}` : random.pick(forms)
}

function configureZypper(
  random: Random,
  world: RpmWorld,
  installed: readonly BuiltPackage[],
  files: Map<string, string>,
) {
  for (const { id } of random.shuffle(world.repositories)) {
    if (id === 'extras' && random.chance(0.3)) continue
    const lines = [`[${id}]`, `name=${id}`, 'enabled=1', 'autorefresh=1', 'gpgcheck=0', 'type=rpm-md']
    lines.push(`baseurl=http://${HOST}/${id}/`)
    if (random.chance(0.25)) lines.push(`priority=${random.pick([50, 90, 99, 110])}`)
    files.set(`etc/zypp/repos.d/${id}.repo`, `${lines.join('\n')}\n`)
  }
  if (random.chance(0.15)) files.set('etc/zypp/zypp.conf', '[main]\nsolver.allowVendorChange = true\n')
  if (!random.chance(0.3)) return
  const locks = Array.from({ length: random.int(1, 2) }, () => makeZypperLock(random, random.pick(installed)))
  files.set('etc/zypp/locks', locks.join('\n'))
}

function makeZypperLock(random: Random, installed: BuiltPackage): string {
  const { name } = installed
  const simple = random.chance(0.6)
  const pattern = simple ? name : `${name.slice(0, 4)}*`
  const version = random.chance(0.2) && simple ? `version: <= ${evrOf(installed)}\n` : ''
  return `type: package\nmatch_type: glob\ncase_sensitive: on\nsolvable_name: ${pattern}\n${version}`
}
