import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'

import { signDetached, type TestKeys } from '../hostile-repositories/signing.ts'
import type { Behaviour } from '../misbehaving-server.ts'

/** A small honest yum repository, and every place where a case may bend it. */
export interface YumPlan {
  /** Of the one package that it offers, `probe`. */
  readonly version?: string
  readonly revision?: string
  /** Of the data, seconds. */
  readonly timestamp?: number
  /** primary.xml before compression. */
  readonly primary?: Uint8Array
  /** What is served for it, with the ending of its name; gzip unless given. */
  readonly pack?: { readonly ending: string; readonly make: (xml: Uint8Array) => Uint8Array }
  readonly updateinfo?: Uint8Array
  readonly modules?: Uint8Array
  /** The hash of checksum and open-checksum: `sha256` unless given. */
  readonly hash?: string
  /** Changes repomd.xml before it is signed. */
  readonly edit?: (repomd: string) => string
  /** What is served as `repodata/repomd.xml.asc`; null: nothing. A good signature unless given. */
  readonly sign?: (repomd: string, keys: TestKeys) => Promise<string | null>
  /** Last word: what the server does for paths below the repository. Given what is served there by the plan. */
  readonly behave?: (served: ReadonlyMap<string, Uint8Array>) => Readonly<Record<string, Behaviour>>
}

export const REPOMD = 'repodata/repomd.xml'
export const SIGNATURE = 'repodata/repomd.xml.asc'

/** Makes what a server does for each path of the repository. */
export async function makeYumRepository(plan: YumPlan, keys: TestKeys, now: Date): Promise<Map<string, Behaviour>> {
  const timestamp = plan.timestamp ?? Math.floor(now.getTime() / 1000) - 3600
  const served = new Map<string, Uint8Array>()
  const data = listData(plan).map(({ type, name, xml, body }) => {
    served.set(name, body)
    return describeData({ type, name, xml, body, timestamp, hash: plan.hash ?? 'sha256' })
  })
  const honest = `${HEAD}<repomd xmlns="${NAMESPACE}/repo" xmlns:rpm="${NAMESPACE}/rpm">\n<revision>${plan.revision ?? timestamp}</revision>\n${data.join('')}</repomd>\n`
  const repomd = plan.edit?.(honest) ?? honest
  served.set(REPOMD, Buffer.from(repomd))
  const signature = await (plan.sign ?? signWell)(repomd, keys)
  if (signature !== null) served.set(SIGNATURE, Buffer.from(signature))

  const behaviours = new Map<string, Behaviour>([...served].map(([path, body]) => [path, { kind: 'serve', body }]))
  for (const [path, behaviour] of Object.entries(plan.behave?.(served) ?? {})) behaviours.set(path, behaviour)
  return behaviours
}

async function signWell(repomd: string, keys: TestKeys): Promise<string> {
  return signDetached(repomd, keys.trusted)
}

const NAMESPACE = 'http://linux.duke.edu/metadata'
const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'

interface Data {
  readonly type: string
  readonly name: string
  readonly xml: Uint8Array
  readonly body: Uint8Array
}

function listData(plan: YumPlan): Data[] {
  const pack = plan.pack ?? { ending: '.gz', make: gzipSync }
  const xml = plan.primary ?? Buffer.from(writePrimary([describePackage({ version: plan.version ?? '2.0' })]))
  const data = [{ type: 'primary', name: `repodata/primary.xml${pack.ending}`, xml, body: pack.make(xml) }]
  const { updateinfo, modules } = plan
  if (updateinfo !== undefined)
    data.push({ type: 'updateinfo', name: UPDATEINFO, xml: updateinfo, body: gzipSync(updateinfo) })
  if (modules !== undefined) data.push({ type: 'modules', name: MODULES, xml: modules, body: gzipSync(modules) })
  return data
}

export const PRIMARY = 'repodata/primary.xml.gz'
export const UPDATEINFO = 'repodata/updateinfo.xml.gz'
export const MODULES = 'repodata/modules.yaml.gz'

function describeData(data: Data & { timestamp: number; hash: string }): string {
  const { type, name, xml, body, timestamp, hash } = data
  const sum = (bytes: Uint8Array) => createHash(hash).update(bytes).digest('hex')
  return [
    `<data type="${type}">`,
    `  <checksum type="${hash}">${sum(body)}</checksum>`,
    `  <open-checksum type="${hash}">${sum(xml)}</open-checksum>`,
    `  <location href="${name}"/>`,
    `  <timestamp>${timestamp}</timestamp>`,
    `  <size>${body.length}</size>`,
    `  <open-size>${xml.length}</open-size>`,
    '</data>\n',
  ].join('\n')
}

/** A primary.xml of these packages; `count` is what it says of their number. */
export function writePrimary(packages: readonly string[], count: number | string = packages.length): string {
  return `${HEAD}<metadata xmlns="${NAMESPACE}/common" xmlns:rpm="${NAMESPACE}/rpm" packages="${count}">\n${packages.join('')}</metadata>\n`
}

export interface PackageText {
  readonly name?: string
  readonly architecture?: string
  readonly epoch?: string
  readonly version?: string
  readonly release?: string
  /** In place of the whole `<version …/>` element. */
  readonly versionElement?: string
  /** Goes into `<format>`. */
  readonly format?: string
}

/** One `<package>` with sound contents, but for those that are given. */
export function describePackage(text: PackageText): string {
  const { name = 'probe', architecture = 'noarch', epoch = '0', version = '2.0', release = '1' } = text
  const versionElement = text.versionElement ?? `<version epoch="${epoch}" ver="${version}" rel="${release}"/>`
  return [
    '<package type="rpm">',
    `  <name>${name}</name><arch>${architecture}</arch>${versionElement}`,
    `  <checksum type="sha256" pkgid="YES">${'a'.repeat(64)}</checksum>`,
    '  <summary>probe</summary><description>probe</description><packager/><url/>',
    '  <time file="1700000000" build="1700000000"/><size package="100" installed="100" archive="100"/>',
    `  <location href="Packages/probe.rpm"/>`,
    `  <format><rpm:license>MIT</rpm:license><rpm:vendor>Test</rpm:vendor><rpm:group>x</rpm:group>`,
    `    <rpm:sourcerpm>probe-${version}-${release}.src.rpm</rpm:sourcerpm>`,
    `    <rpm:provides><rpm:entry name="probe" flags="EQ" epoch="0" ver="${version}" rel="${release}"/></rpm:provides>${text.format ?? ''}`,
    '  </format></package>\n',
  ].join('\n')
}
