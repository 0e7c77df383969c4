import { BASE_FILES, refused, taken, told, type Demand, type HostileCase } from './hostile-case.ts'
import { chunksOf, longNameOf, paxOf, tarGzOf, type TarMember } from './tar-builder.ts'

const BASE: readonly TarMember[] = Object.entries(BASE_FILES).map(([name, data]) => ({ name, data }))
const MEBIBYTE = 1024 * 1024

/** Cases whose trouble is in the members of an archive: names, kinds, headers, sizes. */
export function listHostileArchives(): HostileCase[] {
  return [...names(), ...kinds(), ...headers()]
}

const withMembers = (name: string, members: readonly TarMember[], demand: Demand): HostileCase => ({
  name: `archive: ${name}`,
  body: () => chunksOf(tarGzOf([...BASE, ...members])),
  demand,
})

function names(): HostileCase[] {
  const evil: readonly (readonly [string, string, Demand])[] = [
    ['climbs out', '../x', refused('../x')],
    ['climbs out far', '../../../../../../etc/passwd', refused('../../../../../../etc/passwd')],
    ['climbs out in the middle', 'etc/apt/../../../x', refused('etc/apt/../../../x')],
    ['climbs and stays', 'etc/apt/../x', refused('etc/apt/../x')],
    ['climbs behind a dot', './../x', refused('./../x')],
    ['ends in dots', 'etc/..', refused('etc/..')],
    ['is only dots', '..', refused('..')],
    ['is absolute', '/var/lib/dpkg/status', refused('/var/lib/dpkg/status')],
    ['is absolute twice', '//x', refused('//x')],
    ['is only a dot', '.', refused('.')],
    ['has an escape sequence', 'etc/apt/\u001b[2Jx', refused('etc/apt/\\x1b[2Jx')],
    ['has a newline', 'etc/apt/sources.list.d/a\nb.list', refused('etc/apt/sources.list.d/a\\x0ab.list')],
    ['has a carriage return', 'a\rb', refused('a\\x0db')],
    ['has a tab', 'a\tb', refused('a\\x09b')],
    ['has a delete character', 'a\u007fb', refused('a\\x7fb')],
    ['has a C1 character', 'a\u009bb', refused('a\\x9bb')],
    ['has backslashes', '..\\..\\x', told(/1 files that are no evidence were not read/)],
    ['is a drive', 'C:\\x', told(/no evidence/)],
    ['is a drive-relative path', 'C:x', told(/no evidence/)],
    ['reverses text', 'etc/\u202egpj.exe', told(/no evidence/)],
    ['is hidden', '\u200b', told(/no evidence/)],
    ['is __proto__', '__proto__', told(/no evidence/)],
    ['is constructor/prototype', 'constructor/prototype', told(/no evidence/)],
    ['is a shell command', '$(touch x)', told(/no evidence/)],
    ['is an option', '--checkpoint-action=exec=sh', told(/no evidence/)],
    ['is another file of the machine', 'etc/shadow', told(/no evidence/)],
    ['is a password file', 'etc/apt/auth.conf', told(/auth\.conf|no evidence/)],
    ['differs in case', 'VAR/LIB/DPKG/STATUS', told(/no evidence/)],
  ]
  return [
    ...evil.map(([name, path, demand]) =>
      withMembers(`a name ${name}`, [paxOf([['path', path]]), { name: 'p', data: 'x' }], demand),
    ),
    withMembers(
      'a NUL in a pax name',
      [paxOf([['path', 'var/lib/dpkg/status\0x']]), { name: 'p' }],
      refused('var/lib/dpkg/status\\x00x'),
    ),
    withMembers('a NUL in a long name', [longNameOf('a\0b'), { name: 'p' }], refused()),
    withMembers('a name that is not UTF-8', [{ name: Buffer.from('etc/apt/\xff\xfe', 'latin1') }], told(/not UTF-8/)),
    withMembers('a long name that is not UTF-8', [longNameOf(Buffer.from([0xff])), { name: 'p' }], refused()),
    withMembers('a pax name that is not UTF-8', [paxOf([['path', Buffer.from([0xff])]]), { name: 'p' }], refused()),
    withMembers(
      'a name of 513 bytes',
      [longNameOf('n'.repeat(513)), { name: 'p' }],
      refused(undefined, 'evidence_too_large'),
    ),
    withMembers(
      'a name of 10,000 bytes',
      [longNameOf('n'.repeat(10_000)), { name: 'p' }],
      refused(undefined, 'evidence_too_large'),
    ),
    withMembers(
      'a pax name of 10,000 bytes',
      [paxOf([['path', 'n'.repeat(10_000)]]), { name: 'p' }],
      refused(undefined, 'evidence_too_large'),
    ),
    withMembers(
      'a name in 600 folders',
      [paxOf([['path', 'd/'.repeat(600)]]), { name: 'p' }],
      refused(undefined, 'evidence_too_large'),
    ),
    withMembers('the status file twice', [{ name: 'var/lib/dpkg/status', data: '' }], refused('var/lib/dpkg/status')),
    withMembers(
      'the status file twice, once with ./',
      [{ name: './var//lib/dpkg/status' }],
      refused('var/lib/dpkg/status'),
    ),
    withMembers('an unwanted file twice', [{ name: 'x' }, { name: 'x' }], refused('x')),
    withMembers('the status file as a folder of its own', [{ name: 'var/lib/dpkg/status/', type: '5' }], taken()),
  ]
}

function kinds(): HostileCase[] {
  const types: readonly (readonly [string, string])[] = [
    ['a hard link', '1'],
    ['a symbolic link', '2'],
    ['a character device', '3'],
    ['a block device', '4'],
    ['a named pipe', '6'],
    ['a contiguous file', '7'],
    ['a sparse file', 'S'],
    ['a long link name', 'K'],
    ['a folder dump', 'D'],
    ['a volume label', 'V'],
    ['a continued file', 'M'],
    ['an ACL', 'A'],
    ['a Solaris header', 'X'],
    ['a kind that nobody knows', '\u0001'],
  ]
  return [
    ...types.map(([name, type]) => withMembers(name, [{ name: 'a', type, link: '/etc/shadow' }], refused('a'))),
    withMembers(
      'a symbolic link in the place of a folder',
      [{ name: 'etc/apt', type: '2', link: '/tmp' }],
      refused('etc/apt'),
    ),
    withMembers('a link to an earlier member', [{ name: 'a', type: '1', link: 'var/lib/dpkg/status' }], refused('a')),
    withMembers('a pax link', [paxOf([['linkpath', '/etc/shadow']]), { name: 'a', type: '2' }], refused('a')),
    withMembers(
      'a pax sparse file',
      [
        paxOf([
          ['GNU.sparse.name', 'a'],
          ['GNU.sparse.realsize', '99999999999'],
        ]),
        { name: 'a' },
      ],
      refused(),
    ),
    withMembers('a folder with content', [{ name: 'd', type: '5', data: 'x' }], refused('d')),
  ]
}

function headers(): HostileCase[] {
  const one: TarMember = { name: 'x', data: 'x' }
  return [
    withMembers('a wrong checksum', [{ ...one, badChecksum: true }], refused()),
    withMembers('a negative size', [{ ...one, sizeField: Buffer.alloc(12, 0xff) }], refused()),
    withMembers(
      'a size of 2^90',
      [{ ...one, sizeField: Buffer.concat([Buffer.of(0x80), Buffer.alloc(11, 0xff)]) }],
      refused(),
    ),
    withMembers('a size that is no number', [{ ...one, sizeField: 'zzzzzzzzzzz\0' }], refused()),
    withMembers('an empty size', [{ ...one, sizeField: Buffer.alloc(12) }], refused()),
    withMembers(
      'a size of 8 GiB with nothing behind it',
      [{ ...one, size: 0o77777777777 }],
      refused('x', 'evidence_too_large'),
    ),
    withMembers('a size over what is there', [{ ...one, size: 2048 }], refused()),
    withMembers(
      'a wanted file of 300 MiB with nothing behind it',
      [{ name: 'etc/apt/preferences', size: 300 * MEBIBYTE }],
      refused('etc/apt/preferences', 'evidence_too_large'),
    ),
    withMembers('a pax size that swallows the rest', [paxOf([['size', '999999']]), one], refused('x')),
    withMembers('a pax size that hides content', [paxOf([['size', '0']]), one], refused()),
    withMembers('a negative pax size', [paxOf([['size', '-1']]), one], refused()),
    withMembers('a pax size of 2^60', [paxOf([['size', '1152921504606846976']]), one], refused()),
    withMembers(
      'two pax paths',
      [
        paxOf([
          ['path', 'a'],
          ['path', 'b'],
        ]),
        one,
      ],
      refused(),
    ),
    withMembers('two pax headers', [paxOf([['path', 'a']]), paxOf([['path', 'b']]), one], refused()),
    withMembers('two long names', [longNameOf('a'), longNameOf('b'), one], refused()),
    withMembers('a long name and a pax path', [longNameOf('a'), paxOf([['path', 'b']]), one], refused('a')),
    withMembers('a pax path for all', [paxOf([['path', 'a']], 'g'), one], refused()),
    withMembers('a pax record with a length of zero', [{ name: 'p', type: 'x', data: '0 path=a\n' }, one], refused()),
    withMembers(
      'a pax record with a huge length',
      [{ name: 'p', type: 'x', data: '99999999999999999999 path=a\n' }, one],
      refused(),
    ),
    withMembers('a pax record without a key', [{ name: 'p', type: 'x', data: '6 =a\n' }, one], refused()),
    withMembers(
      'a pax header of 100 KiB',
      [paxOf([['comment', 'c'.repeat(100_000)]]), one],
      refused(undefined, 'evidence_too_large'),
    ),
    withMembers(
      'a pax header of 10,000 records',
      [paxOf(Array.from({ length: 9000 }, () => ['a', ''] as const)), one],
      told(/no evidence/),
    ),
    withMembers('a pax key called __proto__', [paxOf([['__proto__', 'x']]), one], told(/no evidence/)),
    withMembers('a long name for nothing', [longNameOf('a')], refused()),
  ]
}
