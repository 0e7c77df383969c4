import { createHash } from 'node:crypto'
import { gzipSync, zstdCompressSync } from 'node:zlib'

/** A yum repository in memory, all consistent until a test breaks it. */
export interface YumFilesOptions {
  /** `<package>` elements, or a whole primary.xml. */
  readonly packages?: readonly string[]
  readonly primary?: Uint8Array
  readonly updateinfo?: string
  readonly modules?: string
  readonly packing?: 'gz' | 'zst' | 'plain'
  readonly revision?: string
  readonly timestamp?: number
  readonly edit?: (repomd: string) => string
}

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
const NAMESPACES = 'xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm"'

/** By path: `repodata/repomd.xml` and what it names. */
export function makeYumFiles(options: YumFilesOptions = {}): Map<string, Uint8Array> {
  const { packing = 'gz', timestamp = 1_764_500_000, revision = String(timestamp) } = options
  const files = new Map<string, Uint8Array>()
  const add = (type: string, name: string, plain: Uint8Array): string => {
    const packed = pack(plain, packing)
    const href = `repodata/${sha256(packed)}-${name}${packing === 'plain' ? '' : `.${packing}`}`
    files.set(href, packed)
    return [
      `<data type="${type}">`,
      `<checksum type="sha256">${sha256(packed)}</checksum>`,
      `<open-checksum type="sha256">${sha256(plain)}</open-checksum>`,
      `<location href="${href}"/>`,
      `<timestamp>${timestamp}</timestamp><size>${packed.length}</size><open-size>${plain.length}</open-size>`,
      '</data>\n',
    ].join('\n')
  }
  const { updateinfo, modules } = options
  const data = [
    add('primary', 'primary.xml', options.primary ?? Buffer.from(primaryXml(options.packages ?? [packageXml()]))),
    updateinfo === undefined ? '' : add('updateinfo', 'updateinfo.xml', Buffer.from(updateinfo)),
    modules === undefined ? '' : add('modules', 'modules.yaml', Buffer.from(modules)),
  ]
  const repomd = `${HEAD}<repomd xmlns="http://linux.duke.edu/metadata/repo">\n<revision>${revision}</revision>\n${data.join('')}</repomd>\n`
  files.set('repodata/repomd.xml', Buffer.from(options.edit?.(repomd) ?? repomd))
  return files
}

/** The path of the one file whose name holds these words. */
export function pathOf(files: ReadonlyMap<string, Uint8Array>, words: string): string {
  const found = [...files.keys()].find((path) => path.includes(words))
  if (found === undefined) throw new Error(`there is no ${words}`)
  return found
}

export function primaryXml(packages: readonly string[], count: number | string = packages.length): string {
  return `${HEAD}<metadata ${NAMESPACES} packages="${count}">\n${packages.join('\n')}\n</metadata>\n`
}

export interface PackageXml {
  readonly name?: string
  readonly architecture?: string
  readonly version?: string
  /** What else stands in `<format>`. */
  readonly format?: string
}

/** One `<package>` element; `version` is `[epoch:]version-release`. */
export function packageXml({
  name = 'hello',
  architecture = 'x86_64',
  version = '1.0-1',
  format = '',
}: PackageXml = {}): string {
  const [, epoch = '0', ver = '', rel = ''] = /^(?:(\d+):)?([^-]+)-(.+)$/.exec(version) ?? []
  const evr = `epoch="${epoch}" ver="${ver}" rel="${rel}"`
  return [
    `<package type="rpm"><name>${name}</name><arch>${architecture}</arch><version ${evr}/>`,
    `<checksum type="sha256" pkgid="YES">${'a'.repeat(64)}</checksum>`,
    '<summary>s</summary><description>d</description><time file="1700000001" build="1700000000"/>',
    `<location href="Packages/${name}.rpm"/>`,
    `<format><rpm:vendor>Example</rpm:vendor><rpm:sourcerpm>${name}-${ver}-${rel}.src.rpm</rpm:sourcerpm>`,
    `<rpm:provides><rpm:entry name="${name}" flags="EQ" ${evr}/></rpm:provides>${format}</format></package>`,
  ].join('\n')
}

/** One advisory for one package in an updateinfo.xml. */
export function updatesXml(
  updates: readonly { id: string; type?: string; severity?: string; name: string; evr: string }[],
): string {
  const texts = updates.map(({ id, type = 'security', severity = 'Important', name, evr }) => {
    const [version, release] = evr.split('-')
    return `<update type="${type}" status="final"><id>${id}</id><severity>${severity}</severity><pkglist><collection><package name="${name}" epoch="0" version="${version}" release="${release}" arch="x86_64"/></collection></pkglist></update>`
  })
  return `${HEAD}<updates>${texts.join('')}</updates>`
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function pack(plain: Uint8Array, packing: 'gz' | 'zst' | 'plain'): Uint8Array {
  if (packing === 'plain') return plain
  return packing === 'gz' ? gzipSync(plain) : zstdCompressSync(plain)
}
