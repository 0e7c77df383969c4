import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { Behaviour } from '../misbehaving-server.ts'
import { clearSign, type TestKeys } from './signing.ts'

/** A small honest archive `stable main amd64`, and every place where a case may bend it. */
export interface ArchivePlan {
  /** Of the one package that it offers, `probe`. */
  readonly version?: string
  /** The package list before compression. */
  readonly packages?: Uint8Array
  /** The files below `dists/stable/` that the Release lists, made from the package list. */
  readonly files?: (packages: Uint8Array) => ReadonlyMap<string, Uint8Array>
  readonly date?: Date
  /** Changes the Release text before it is signed. */
  readonly edit?: (release: string) => string
  /** The files that carry Release and signature, in place of an InRelease. */
  readonly sign?: (release: string, keys: TestKeys) => Promise<Readonly<Record<string, string | Uint8Array>>>
  /** Last word: what the server does for paths below `dists/stable/`. Given what is served there by the plan. */
  readonly behave?: (served: ReadonlyMap<string, Uint8Array>) => Readonly<Record<string, Behaviour>>
}

export const PACKAGES = 'main/binary-amd64/Packages'

/** Makes what a server does for `dists/stable/…`. */
export async function makeArchive(plan: ArchivePlan, keys: TestKeys, now: Date): Promise<Map<string, Behaviour>> {
  const packages = plan.packages ?? Buffer.from(describePackage({ Version: plan.version ?? '2.0' }))
  const files = plan.files?.(packages) ?? gzipped(packages)
  const release = describeRelease(files, plan.date ?? new Date(now.getTime() - 3_600_000), now)
  const text = plan.edit?.(release) ?? release
  const signed = (await plan.sign?.(text, keys)) ?? { InRelease: await clearSign(text, keys.trusted) }

  const served = new Map([
    ...files,
    ...Object.entries(signed).map(([path, body]) => [path, Buffer.from(body)] as const),
  ])
  const behaviours = new Map<string, Behaviour>([...served].map(([path, body]) => [path, { kind: 'serve', body }]))
  for (const [path, behaviour] of Object.entries(plan.behave?.(served) ?? {})) behaviours.set(path, behaviour)
  return behaviours
}

/** The list and its gzip form: both in the Release, as apt demands. */
export function gzipped(packages: Uint8Array): Map<string, Uint8Array> {
  return new Map([
    [PACKAGES, packages],
    [`${PACKAGES}.gz`, gzipSync(packages)],
  ])
}

/** One stanza with sound fields, but for those that are given; '' leaves a field out. */
export function describePackage(fields: Readonly<Record<string, string>>): string {
  const all = {
    Package: 'probe',
    Version: '2.0',
    Architecture: 'amd64',
    Maintainer: 'A <a@example.org>',
    Filename: 'pool/probe.deb',
    Size: '1000',
    SHA256: 'a'.repeat(64),
    Description: 'probe',
    ...fields,
  }
  const lines = Object.entries(all).filter(([, value]) => value !== '')
  return `${lines.map(([name, value]) => `${name}: ${value}`).join('\n')}\n\n`
}

function describeRelease(files: ReadonlyMap<string, Uint8Array>, date: Date, now: Date): string {
  const validUntil = new Date(now.getTime() + 7 * 86_400_000)
  return [
    'Origin: Test',
    'Label: Test',
    'Suite: stable',
    'Codename: stable',
    `Date: ${date.toUTCString()}`,
    `Valid-Until: ${validUntil.toUTCString()}`,
    'Architectures: amd64',
    'Components: main',
    ...listHashes('SHA256', files),
    '',
  ].join('\n')
}

/** A checksum section of a Release file. */
export function listHashes(name: string, files: ReadonlyMap<string, Uint8Array>): string[] {
  const algorithm = name === 'MD5Sum' ? 'md5' : name.toLowerCase()
  return [
    `${name}:`,
    ...[...files].map(([path, body]) => ` ${createHash(algorithm).update(body).digest('hex')} ${body.length} ${path}`),
  ]
}
