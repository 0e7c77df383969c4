import { createHash } from 'node:crypto'
import { seededNumbers } from '#test/support/seeded.ts'

/**
 * An index that nobody published, as large as Debian's (some 750 bytes a package) and of its kind: every package with the fields
 * that matter and those that do not, dependencies only on earlier packages, so that any choice of them can be installed together.
 * The same for the same seed.
 */
export function makeSyntheticIndex(packages: number, seed: number): string {
  const draw = seededNumbers(seed)
  const names = Array.from({ length: packages }, (_, at) => nameOf(at, draw))
  return names.map((name, at) => `${describe(name, names, at, draw)}\n`).join('')
}

const WORDS =
  'alpha beacon cobalt delta ember falcon garnet harbour indigo jasper kelvin lumen meadow nickel onyx'.split(' ')
const SECTIONS = ['libs', 'devel', 'admin', 'net', 'python', 'utils'] as const

type Draw = (below: number) => number

function nameOf(at: number, draw: Draw): string {
  const kind = ['lib', 'python3-', '', ''][draw(4)] ?? ''
  return `${kind}${wordOf(draw)}-${wordOf(draw)}${at}`
}

function wordOf(draw: Draw): string {
  return WORDS[draw(WORDS.length)] ?? ''
}

function describe(name: string, names: readonly string[], at: number, draw: Draw): string {
  const version = `${draw(9)}.${draw(40)}.${draw(20)}-${1 + draw(9)}`
  const depends = Array.from({ length: at === 0 ? 0 : draw(6) }, () => {
    const other = names[Math.floor((draw(at) * draw(1000)) / 1000)] ?? ''
    return draw(3) === 0 ? `${other} (>= 0.${draw(3)})` : other
  })
  const source = draw(3) === 0 ? `${wordOf(draw)}-source${Math.floor(at / 3)}` : name
  const hash = createHash('sha256').update(name).digest('hex')
  const fields = {
    Package: name,
    ...(source === name ? {} : { Source: source }),
    Version: version,
    'Installed-Size': String(20 + draw(9000)),
    Maintainer: `Maintainers of ${wordOf(draw)} <${wordOf(draw)}-maintainers@lists.example.org>`,
    Architecture: draw(3) === 0 ? 'all' : 'amd64',
    ...(depends.length === 0 ? {} : { Depends: [...new Set(depends)].join(', ') }),
    ...(draw(12) === 0 ? { Provides: `virtual-${wordOf(draw)}${draw(500)}` } : {}),
    ...(draw(3) === 0 ? { 'Multi-Arch': 'foreign' } : {}),
    Description: Array.from({ length: 4 + draw(6) }, () => wordOf(draw)).join(' '),
    'Description-md5': hash.slice(0, 32),
    Homepage: `https://${wordOf(draw)}.example.org/${name}`,
    Tag: Array.from({ length: draw(8) }, () => `role::${wordOf(draw)}, works-with::${wordOf(draw)}`).join(', '),
    Section: SECTIONS[draw(SECTIONS.length)] ?? '',
    Priority: 'optional',
    Filename: `pool/main/${name.slice(0, 1)}/${source}/${name}_${version}_amd64.deb`,
    Size: String(1000 + draw(5_000_000)),
    MD5sum: hash.slice(32),
    SHA256: hash,
  }
  return Object.entries(fields)
    .filter(([, value]) => value !== '')
    .map(([field, value]) => `${field}: ${value}\n`)
    .join('')
}
