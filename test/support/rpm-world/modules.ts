import type { Random } from '../apt-world/random.ts'
import { build } from './family.ts'
import { type BuiltPackage } from './package.ts'
import { makeHistory } from './versions.ts'

/** One module: streams of packages of the same names, of which a machine follows one. */
export interface ModulePlan {
  readonly name: string
  readonly defaultStream: string | null
  readonly builds: readonly ModuleBuild[]
}

/** One build of one stream. */
export interface ModuleBuild {
  readonly stream: string
  readonly version: number
  readonly context: string
  readonly packages: readonly BuiltPackage[]
  readonly requires: ReadonlyMap<string, readonly string[]>
  readonly demodularized: readonly string[]
}

/** Makes one module; its packages' names begin with the module's. */
export function makeModule(random: Random, name: string, earlier: readonly ModulePlan[]): ModulePlan {
  const streams = random.shuffle(['1', '2', '3.1', 'rolling']).slice(0, random.int(1, 3))
  const builds = streams.flatMap((stream) => makeStream(random, name, stream, earlier))
  return { name, defaultStream: random.chance(0.7) ? random.pick(streams) : null, builds }
}

function makeStream(random: Random, name: string, stream: string, earlier: readonly ModulePlan[]): ModuleBuild[] {
  const other = earlier.length > 0 && random.chance(0.15) ? random.pick(earlier) : null
  const otherStream = other?.builds[0]?.stream
  const requires = new Map<string, readonly string[]>([['platform', random.chance(0.8) ? ['el9'] : []]])
  if (other !== null && otherStream !== undefined) requires.set(other.name, [otherStream])
  const context = random.hex(8)
  const names = [name, `${name}-tools`, `${name}-libs`].slice(0, random.int(1, 3))
  return makeHistory(random, random.int(1, 3)).map((version, number) => {
    const moduleVersion = 8_060_020_220_000_000 + number
    const label = `${name}:${stream}:${moduleVersion}:${context}`
    const release = `${version.release}.module+el9+${number}`
    const packages = names.map((one) => build(one, { ...version, release }, 'x86_64', { module: label }))
    const demodularized = random.chance(0.06) ? [`${name}-libs`] : []
    return { stream, version: moduleVersion, context, packages, requires, demodularized }
  })
}

/** The `modules.yaml` of a repository with these modules. */
export function writeModules(modules: readonly ModulePlan[]): string {
  return modules
    .flatMap((one) => [...one.builds.map((built) => writeBuild(one.name, built)), writeDefaults(one)])
    .join('')
}

function writeBuild(name: string, built: ModuleBuild): string {
  const artifacts = built.packages.map(
    (one) => `      - ${one.name}-${one.epoch ?? 0}:${one.version}-${one.release}.${one.architecture}\n`,
  )
  const requires = [...built.requires].map(
    ([other, streams]) => `          ${other}: [${streams.map(quote).join(', ')}]\n`,
  )
  const gone = built.demodularized.map((one) => `      - ${one}\n`)
  return [
    '---\ndocument: modulemd\nversion: 2\ndata:\n',
    `  name: ${name}\n  stream: ${quote(built.stream)}\n  version: ${built.version}\n  context: ${quote(built.context)}\n`,
    `  arch: x86_64\n  summary: ${name}\n  description: >-\n    ${name}\n  license:\n    module: [MIT]\n`,
    `  dependencies:\n    - requires:\n${requires.join('')}`,
    gone.length === 0 ? '' : `  demodularized:\n    rpms:\n${gone.join('')}`,
    `  artifacts:\n    rpms:\n${artifacts.join('')}...\n`,
  ].join('')
}

function writeDefaults(one: ModulePlan): string {
  if (one.defaultStream === null) return ''
  return `---\ndocument: modulemd-defaults\nversion: 1\ndata:\n  module: ${one.name}\n  stream: ${quote(one.defaultStream)}\n...\n`
}

function quote(text: string): string {
  return `"${text}"`
}
