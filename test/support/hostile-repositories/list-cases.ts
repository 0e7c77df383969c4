import { gzipSync } from 'node:zlib'
import { compressSync as xz } from '@napi-rs/lzma/xz'
import type { Behaviour } from '../misbehaving-server.ts'
import { describePackage, gzipped, PACKAGES, type ArchivePlan } from './archive.ts'
import { FAILED, hostile, NOT_CLEAN, type HostileCase } from './hostile-case.ts'

const MIB = 1_048_576
const UNPACKS_FOR_EVER = 'it unpacks for as long as the disk has room'

/** Package lists whose checksums are right and whose contents are not, and compressed ones that do not unpack to what they should. */
export function listCases(): HostileCase[] {
  return [...contentCases(), ...compressionCases()]
}

function contents(name: string, demanded: HostileCase['demanded'], text: string | Uint8Array): HostileCase {
  return hostile(`contents-${name}`, demanded, { packages: Buffer.from(text) })
}

function contentCases(): HostileCase[] {
  const good = describePackage({})
  return [
    contents('empty', ['gap'], ''),
    contents('newlines', NOT_CLEAN, '\n\n\n'),
    contents('other-architecture', ['gap'], describePackage({ Architecture: 'arm64' })),
    contents('no-name', NOT_CLEAN, describePackage({ Package: '' })),
    contents('no-version', NOT_CLEAN, describePackage({ Version: '' })),
    contents('no-architecture', NOT_CLEAN, describePackage({ Architecture: '' })),
    contents('garbage', NOT_CLEAN, 'this is not a package list\n'),
    contents('html', NOT_CLEAN, '<html><body>Welcome</body></html>\n'),
    contents('binary', NOT_CLEAN, Buffer.from(Array.from({ length: 4000 }, (_, at) => (at * 7919) % 256))),
    contents('garbage-after', NOT_CLEAN, `${good}this is not a stanza\n\n`),
    contents('continuation-first', NOT_CLEAN, ` a line\n${good}`),
    contents('null-bytes', NOT_CLEAN, `${good}Package: a\u0000b\nVersion: 1\u0000\nArchitecture: amd64\n\n`),
    contents(
      'prototype-names',
      ['accepted'],
      ['constructor', 'toString', 'hasownproperty'].map((name) => describePackage({ Package: name })).join('') + good,
    ),
    contents('no-final-newline', ['accepted'], good.trimEnd()),
  ]
}

type Pack = (packages: Uint8Array) => Uint8Array

/** The plain list is named but stays out of reach, so that the packed one has to be taken. */
function packed(
  name: string,
  demanded: HostileCase['demanded'],
  ending: string,
  make: Pack,
  more: Partial<HostileCase> = {},
): HostileCase {
  return hostile(`packed-${name}`, demanded, { files: onlyPacked(ending, make), behave: noPlain }, more)
}

function onlyPacked(ending: string, make: Pack): NonNullable<ArchivePlan['files']> {
  return (packages) =>
    new Map([
      [PACKAGES, packages],
      [`${PACKAGES}.${ending}`, make(packages)],
    ])
}

function noPlain(): Readonly<Record<string, Behaviour>> {
  return { [PACKAGES]: { kind: 'status', status: 404 } }
}

function compressionCases(): HostileCase[] {
  const bomb = gzipBomb(256)
  return [
    packed('gz-good', ['accepted'], 'gz', gzipSync),
    packed('xz-good', ['accepted'], 'xz', xz),
    packed('gz-cut', FAILED, 'gz', (list) => gzipSync(list).subarray(0, -10)),
    packed('xz-cut', FAILED, 'xz', (list) => xz(list).subarray(0, -10)),
    packed('gz-garbage', FAILED, 'gz', () => Buffer.alloc(1000, 'x')),
    packed('xz-garbage', FAILED, 'xz', () => Buffer.alloc(1000, 'x')),
    packed('bz2-garbage', FAILED, 'bz2', () => Buffer.alloc(1000, 'x')),
    packed('zst-garbage', FAILED, 'zst', () => Buffer.alloc(1000, 'x')),
    packed('gz-that-is-plain', FAILED, 'gz', (list) => list),
    packed('gz-that-is-xz', FAILED, 'gz', xz),
    packed('gz-of-another-list', FAILED, 'gz', () => gzipSync(describePackage({ Version: '9.0' }))),
    packed('gz-empty', FAILED, 'gz', () => Buffer.alloc(0)),
    packed('gz-of-nothing', FAILED, 'gz', () => gzipSync('')),
    packed('gz-with-garbage-behind', FAILED, 'gz', (list) => Buffer.concat([gzipSync(list), Buffer.alloc(100, 'x')])),
    packed('gz-bomb', FAILED, 'gz', () => bomb, { aptNotAsked: UNPACKS_FOR_EVER }),
    packed('xz-bomb', FAILED, 'xz', () => xz(Buffer.alloc(64 * MIB)), { aptNotAsked: UNPACKS_FOR_EVER }),
    hostile(
      'packed-gz-bomb-that-is-promised',
      FAILED,
      {
        files: onlyPacked('gz', () => bomb),
        edit: (text) =>
          text.replace(
            /^ [0-9a-f]{64} \d+ (main\/binary-amd64\/Packages)$/m,
            ` ${'0'.repeat(64)} ${16 * 1024 * MIB} $1`,
          ),
        behave: noPlain,
      },
      { aptNotAsked: UNPACKS_FOR_EVER },
    ),
    hostile('packed-by-hash-missing', ['accepted'], {
      edit: (text) => text.replace('Components:', 'Acquire-By-Hash: yes\nComponents:'),
    }),
    hostile('packed-plain-only', ['accepted'], { files: (packages) => new Map([[PACKAGES, packages]]) }),
    hostile('packed-nothing-there', FAILED, {
      files: gzipped,
      behave: () => ({ [PACKAGES]: { kind: 'hang-up' }, [`${PACKAGES}.gz`]: { kind: 'status', status: 404 } }),
    }),
  ]
}

/** `members` times 64 MiB of zeros in lawful gzip members: 256 of them are 16 MiB that unpack to 16 GiB. */
function gzipBomb(members: number): Buffer {
  return Buffer.concat(Array.from({ length: members }, () => ZEROS))
}

const ZEROS = gzipSync(Buffer.alloc(64 * MIB))
