import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const SUITE = 'sid'
/** moto needs flask-cors for its server and jsonpath for its filters; Debian's package of it does not say so. */
const WANTED = [
  'python3-moto',
  'python3-flask-cors',
  'python3-joserfc',
  'python3-jsondiff',
  'python3-jsonpath-ng',
  'python3-yaml',
  'libyaml-0-2',
]
const QUIET = {
  encoding: 'utf8' as const,
  maxBuffer: 1 << 28,
  stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
}
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/**
 * The folder with moto, an emulator of AWS, and what it imports: pure Python from a newer suite of Debian, what is compiled from this one.
 * Fetched through apt from the machine's own mirror, which checks it; unpacked, never installed; kept in the user's cache.
 */
export function fetchMoto(): string {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'lazaret')
  const kept = join(cache, `python-moto-${SUITE}`)
  if (existsSync(kept)) return kept

  mkdirSync(cache, { recursive: true })
  const fresh = mkdtempSync(join(cache, 'moto-new-'))
  try {
    const options = updateLists(fresh)
    const debs = join(fresh, 'debs')
    mkdirSync(debs)
    execFileSync('apt-get', [...options, 'download', ...choosePackages(join(fresh, 'state/lists'))], {
      ...QUIET,
      cwd: debs,
    })
    const root = join(fresh, 'root')
    for (const deb of readdirSync(debs)) execFileSync('dpkg-deb', ['-x', join(debs, deb), root], QUIET)
    standIn(join(root, 'usr/lib/python3/dist-packages'))
    renameSync(root, kept)
  } catch (error) {
    // Another test may have been faster.
    if (!existsSync(kept)) throw error
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
  return kept
}

/** Lists of both suites in a state of their own. What apt is to be told for more calls. */
function updateLists(folder: string): readonly string[] {
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? ''
  const printed = execFileSync('apt-get', ['--print-uris', 'update'], QUIET)
  const mirror = new RegExp(`^'(\\S{1,300}?)/*/dists/${codename}/InRelease'`, 'm').exec(printed)?.[1]
  if (mirror === undefined) throw new Error(`apt has no mirror of Debian ${codename}`)

  for (const part of ['state/lists/partial', 'cache/archives/partial', 'etc'])
    mkdirSync(join(folder, part), { recursive: true })
  writeFileSync(join(folder, 'status'), '')
  const lines = [SUITE, codename].map((suite) => `deb [signed-by=${KEYRING}] ${mirror} ${suite} main\n`)
  writeFileSync(join(folder, 'etc/sources.list'), lines.join(''))
  const settings = {
    'Dir::Etc': join(folder, 'etc'),
    'Dir::Etc::sourceparts': '-',
    'Dir::State': join(folder, 'state'),
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': join(folder, 'cache'),
    'APT::Sandbox::User': 'root',
    'Acquire::Check-Valid-Until': 'false',
    'Acquire::Languages': 'none',
    'Acquire::GzipIndexes': 'false',
  }
  const options = ['-qq', ...Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`])]
  execFileSync('apt-get', [...options, 'update'], QUIET)
  return options
}

interface Package {
  readonly version: string
  readonly isPure: boolean
  readonly depends: readonly string[]
}

/** moto and all that it needs of Python, as `name=version`. */
function choosePackages(lists: string): readonly string[] {
  const files = readdirSync(lists).filter((file) => file.endsWith('_Packages'))
  const read = (isNew: boolean) =>
    new Map(
      files
        .filter((file) => file.includes(`_dists_${SUITE}_`) === isNew)
        .flatMap((file) => [...readPackages(readFileSync(join(lists, file), 'utf8'))]),
    )
  const [newer, own] = [read(true), read(false)]
  const chosen = new Map<string, string>()
  const waiting = [...WANTED]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const candidate = newer.get(name)
    const taken = candidate?.isPure === true ? candidate : (own.get(name) ?? candidate)
    if (chosen.has(name) || taken === undefined) continue

    chosen.set(name, taken.version)
    waiting.push(...taken.depends.filter((other) => other.startsWith('python3-') && other !== 'python3-minimal'))
  }
  return [...chosen].map(([name, version]) => `${name}=${version}`)
}

function* readPackages(text: string): Generator<[string, Package]> {
  for (const stanza of text.split('\n\n')) {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(stanza)?.[1] ?? ''
    if (!/^Package: (?:python3-|libyaml)/m.test(stanza)) continue
    const depends = field('Depends')
      .split(/[,|]/)
      .map((part) => part.trim().split(/[ :(]/)[0] ?? '')
    yield [field('Package'), { version: field('Version'), isPure: field('Architecture') === 'all', depends }]
  }
}

/** moto imports it at once, but only needs it to read an OpenAPI document; what it needs itself is not there. */
function standIn(site: string): void {
  mkdirSync(join(site, 'openapi_spec_validator/validation'), { recursive: true })
  writeFileSync(
    join(site, 'openapi_spec_validator/__init__.py'),
    'def validate(spec):\n    raise NotImplementedError\n',
  )
  writeFileSync(join(site, 'openapi_spec_validator/validation/__init__.py'), '')
  writeFileSync(
    join(site, 'openapi_spec_validator/validation/exceptions.py'),
    'class OpenAPIValidationError(Exception):\n    pass\n',
  )
}
