import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createGzip } from 'node:zlib'
import { seededNumbers } from '#test/support/seeded.ts'
import { HOST } from './machines.ts'

/** A yum repository that nobody published, as large as Fedora's and of its kind (some 3.9 KB of XML a package). */
export interface RpmArchive {
  readonly packages: readonly RpmEntry[]
  /** By `host/path`. */
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly primary: Uint8Array
  readonly plainBytes: number
}

export interface RpmEntry {
  readonly name: string
  readonly architecture: string
  readonly version: string
  readonly release: string
}

export const RPM_PATH = `${HOST}/rpm/`

/** The same for the same seed. */
export async function makeRpmArchive(count: number, seed: number): Promise<RpmArchive> {
  const draw = seededNumbers(seed)
  const packages = Array.from({ length: count }, (_, at) => makeEntry(at, draw))
  const plain = createHash('sha256')
  const gzip = createGzip({ level: 6 })
  const parts: Buffer[] = []
  gzip.on('data', (chunk: Buffer) => parts.push(chunk))
  const ended = once(gzip, 'end')
  let plainBytes = 0
  for (const text of writePrimary(packages, draw)) {
    const bytes = Buffer.from(text)
    plain.update(bytes)
    plainBytes += bytes.length
    if (!gzip.write(bytes)) await once(gzip, 'drain')
  }
  gzip.end()
  await ended
  const primary = Buffer.concat(parts)
  const repomd = writeRepomd({ primary, plainBytes, plainHash: plain.digest('hex') })
  const files = new Map<string, Uint8Array>([
    [`${RPM_PATH}repodata/repomd.xml`, Buffer.from(repomd)],
    [`${RPM_PATH}repodata/primary.xml.gz`, primary],
  ])
  return { packages, files, primary, plainBytes }
}

const WORDS =
  'alpha beacon cobalt delta ember falcon garnet harbour indigo jasper kelvin lumen meadow nickel onyx'.split(' ')
type Draw = (below: number) => number

function word(draw: Draw): string {
  return WORDS[draw(WORDS.length)] ?? ''
}

function makeEntry(at: number, draw: Draw): RpmEntry {
  return {
    name: `${['lib', 'python3-', '', ''][draw(4)] ?? ''}${word(draw)}-${word(draw)}${at}`,
    architecture: draw(3) === 0 ? 'noarch' : 'x86_64',
    version: `${draw(9)}.${draw(40)}.${draw(20)}`,
    release: `${2 + draw(9)}.hb9`,
  }
}

function* writePrimary(packages: readonly RpmEntry[], draw: Draw): Generator<string> {
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="${packages.length}">\n`
  for (const [at, entry] of packages.entries()) yield describe(entry, packages, at, draw)
  yield '</metadata>\n'
}

function describe(entry: RpmEntry, all: readonly RpmEntry[], at: number, draw: Draw): string {
  const { name, architecture, version, release } = entry
  const hash = createHash('sha256').update(name).digest('hex')
  const own = `flags="EQ" epoch="0" ver="${version}" rel="${release}"`
  const provides = [
    `<rpm:entry name="${name}" ${own}/>`,
    `<rpm:entry name="${name}(x86-64)" ${own}/>`,
    ...Array.from(
      { length: draw(6) },
      (_, index) => `<rpm:entry name="lib${name}-${index}.so.1(LIB${index}_1.${draw(9)})(64bit)"/>`,
    ),
  ]
  // Only of earlier packages, so that any choice of them can be installed together.
  const requires = Array.from({ length: at === 0 ? 0 : 4 + draw(14) }, () => {
    const other = all[Math.floor((draw(at) * draw(1000)) / 1000)] ?? entry
    return draw(4) === 0
      ? `<rpm:entry name="${other.name}" flags="GE" epoch="0" ver="0.${draw(3)}"/>`
      : `<rpm:entry name="${other.name}"/>`
  })
  const prose = Array.from({ length: 60 + draw(160) }, () => word(draw)).join(' ')
  const indent = (entries: readonly string[]) => entries.map((one) => `      ${one}\n`).join('')
  return `<package type="rpm">
  <name>${name}</name>
  <arch>${architecture}</arch>
  <version epoch="0" ver="${version}" rel="${release}"/>
  <checksum type="sha256" pkgid="YES">${hash}</checksum>
  <summary>${word(draw)} for ${word(draw)}</summary>
  <description>${prose}</description>
  <packager>Harbour Project</packager>
  <url>https://${word(draw)}.example.org/${name}</url>
  <time file="17${hash.replace(/\D/g, '').slice(0, 8)}" build="1700000000"/>
  <size package="${draw(5_000_000)}" installed="${draw(9_000_000)}" archive="${draw(9_000_000)}"/>
  <location href="Packages/${name.slice(0, 1)}/${name}-${version}-${release}.${architecture}.rpm"/>
  <format>
    <rpm:license>GPL-2.0-or-later AND MIT</rpm:license>
    <rpm:vendor>Harbour Project</rpm:vendor>
    <rpm:group>Unspecified</rpm:group>
    <rpm:buildhost>builder.example.org</rpm:buildhost>
    <rpm:sourcerpm>${word(draw)}-${version}-${release}.src.rpm</rpm:sourcerpm>
    <rpm:header-range start="4504" end="${10_000 + draw(90_000)}"/>
    <rpm:provides>
${indent(provides)}    </rpm:provides>
    <rpm:requires>
${indent(requires)}    </rpm:requires>
    <file>/usr/bin/${name}</file>
    <file>/etc/${name}.conf</file>
  </format>
</package>
`
}

function writeRepomd(sizes: { primary: Uint8Array; plainBytes: number; plainHash: string }): string {
  const { primary, plainBytes, plainHash } = sizes
  return `<?xml version="1.0" encoding="UTF-8"?>
<repomd xmlns="http://linux.duke.edu/metadata/repo">
<revision>1700000000</revision>
<data type="primary">
  <checksum type="sha256">${createHash('sha256').update(primary).digest('hex')}</checksum>
  <open-checksum type="sha256">${plainHash}</open-checksum>
  <location href="repodata/primary.xml.gz"/>
  <timestamp>1700000000</timestamp>
  <size>${primary.length}</size>
  <open-size>${plainBytes}</open-size>
</data>
</repomd>
`
}
