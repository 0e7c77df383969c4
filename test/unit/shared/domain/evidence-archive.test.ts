import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packEvidence, readEvidenceArchive } from '#shared/domain/evidence-archive.ts'
import { EVIDENCE_LIMITS } from '#shared/domain/evidence.ts'
import { Fault } from '#shared/domain/fault.ts'
import { chunksOf, longNameOf, memberOf, paxOf, tarGzOf, tarOf, type TarMember } from '#test/support/tar-builder.ts'

const all = () => true
const read = (body: Uint8Array, wanted: (path: string) => boolean = all) => readEvidenceArchive(chunksOf(body), wanted)

/** What a body is refused with: code, place and sentence. */
async function refusal(body: Uint8Array, limits: Partial<typeof EVIDENCE_LIMITS> | Record<string, number> = {}) {
  try {
    await readEvidenceArchive(chunksOf(body), all, { ...EVIDENCE_LIMITS, ...limits })
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { code: error.code, file: error.place.file, message: error.message }
  }
  return { code: 'accepted', file: undefined, message: '' }
}

const ok: TarMember = { name: 'etc/os-release', data: 'ID=debian\n' }

async function textsOf(body: Uint8Array) {
  const { evidence } = await read(body)
  return Object.fromEntries([...evidence.files].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]))
}

describe('what an evidence archive gives', () => {
  it('gives each regular file by its path inside the machine, with ./ cut', async () => {
    const body = tarGzOf([{ name: './', type: '5' }, { name: './etc//apt/./a', data: 'x' }, ok])
    expect(await textsOf(body)).toEqual({ 'etc/apt/a': 'x', 'etc/os-release': 'ID=debian\n' })
  })

  it.each([
    ['a pax path', [paxOf([['path', `a/${'é'.repeat(100)}`]]), { name: 'short', data: 'x' }], `a/${'é'.repeat(100)}`],
    [
      'a GNU long name',
      [longNameOf(`b/${'n'.repeat(200)}`), { name: 'b/nnn', data: 'x', magic: 'ustar ' }],
      `b/${'n'.repeat(200)}`,
    ],
    ['a ustar prefix', [{ name: 'c', prefix: 'x/y', data: 'x' }], 'x/y/c'],
    ['a header of the oldest kind', [{ name: 'd', data: 'x', type: '\0', magic: '\0\0\0\0\0\0' }], 'd'],
    ['a size in base 256', [{ name: 'e', data: 'x', sizeField: Buffer.from('800000000000000000000001', 'hex') }], 'e'],
    ['a pax size', [paxOf([['size', '1']]), { name: 'f', data: 'x', size: 0 }], 'f'],
    ['a global pax comment', [paxOf([['comment', 'deadbeef']], 'g'), { name: 'g', data: 'x' }], 'g'],
  ])('reads %s', async (_, members, path) => {
    expect(await textsOf(tarGzOf(members))).toEqual({ [path]: 'x' })
  })

  it('reads the same from chunks of one byte as from one chunk', async () => {
    const body = tarGzOf([ok, { name: 'a', data: randomBytes(3000) }])
    const slow = await readEvidenceArchive(chunksOf(body, 1), all)
    const fast = await readEvidenceArchive(chunksOf(body, body.length), all)
    expect(slow).toEqual(fast)
    expect(slow.packedBytes).toBe(body.length)
  })

  it('reads several gzip members as one stream and says that padding behind them was not read', async () => {
    const tar = tarOf([ok])
    const body = Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700)), Buffer.alloc(100)])
    const { evidence, warnings } = await read(body)
    expect([...evidence.files.keys()]).toEqual(['etc/os-release'])
    expect(warnings).toEqual(['100 bytes behind the end of the archive were not read.'])
  })

  it('passes over files that nobody wants, and says how many', async () => {
    const body = tarGzOf([{ name: 'etc/shadow', data: 'x'.repeat(2000) }, { name: 'home/a' }, ok])
    const { evidence, warnings } = await read(body, (path) => path.startsWith('etc/os'))
    expect([...evidence.files.keys()]).toEqual(['etc/os-release'])
    expect(warnings).toEqual(['2 files that are no evidence were not read, the first: etc/shadow'])
  })

  it('passes over a file whose name is not UTF-8 with a warning', async () => {
    const { evidence, warnings } = await read(tarGzOf([{ name: Buffer.from([0x61, 0xff]), data: 'x' }, ok]))
    expect([...evidence.files.keys()]).toEqual(['etc/os-release'])
    expect(warnings).toEqual(['A file whose name is not UTF-8 was not read (byte 0 of the archive).'])
  })

  it('keeps names of object properties as plain names', async () => {
    const body = tarGzOf([
      { name: '__proto__', data: 'a' },
      { name: 'constructor/prototype', data: 'b' },
    ])
    const { evidence } = await read(body)
    expect([...evidence.files.keys()]).toEqual(['__proto__', 'constructor/prototype'])
    expect(Object.keys({})).toEqual([])
  })
})

describe('what an evidence archive is refused for', () => {
  it.each<[string, TarMember[], string, string | RegExp]>([
    ['a path that climbs out', [{ name: '../x' }], '../x', /climbs out/],
    ['a path that climbs out in its middle', [{ name: 'a/../../x' }], 'a/../../x', /climbs out/],
    ['an absolute path', [{ name: '/etc/passwd' }], '/etc/passwd', /absolute/],
    ['a control character in a name', [{ name: 'a\u001b[31m' }], 'a\\x1b[31m', /control character/],
    ['a newline in a pax name', [paxOf([['path', 'a\nb']]), ok], 'a\\x0ab', /control character/],
    ['a NUL in a pax name', [paxOf([['path', 'a\0b']]), ok], 'a\\x00b', /control character/],
    ['a hard link', [{ name: 'a', type: '1', link: 'b' }], 'a', /a hard link/],
    ['a symbolic link', [{ name: 'a', type: '2', link: '/etc/shadow' }], 'a', /a symbolic link/],
    ['a character device', [{ name: 'a', type: '3' }], 'a', /character device/],
    ['a block device', [{ name: 'a', type: '4' }], 'a', /block device/],
    ['a named pipe', [{ name: 'a', type: '6' }], 'a', /named pipe/],
    ['a GNU sparse file', [{ name: 'a', type: 'S' }], 'a', /sparse/],
    ['a pax sparse file', [paxOf([['GNU.sparse.major', '1']]), { name: 'a' }], 'pax', /sparse/],
    ['an unknown kind', [{ name: 'a', type: 'Z' }], 'a', /unknown kind/],
    ['a long link name', [{ name: 'a', type: 'K', data: 'x' }], 'a', /a link/],
    ['the same path twice', [ok, { name: './etc/os-release' }], './etc/os-release', /twice/],
    ['a folder with content', [{ name: 'a/', data: 'x' }], 'a/', /folder with content/],
    ['a file without a name', [{ name: './.', data: '' }], './.', /without a name/],
    ['a path in a global header', [paxOf([['path', 'a']], 'g'), ok], 'pax', /all members/],
    ['a pax size that is no number', [paxOf([['size', '-1']]), ok], 'pax', /no number/],
    ['a pax record without an end', [{ name: 'p', type: 'x', data: '99 path=a\n' }, ok], 'p', /malformed pax/],
    [
      'two pax paths',
      [
        paxOf([
          ['path', 'a'],
          ['path', 'b'],
        ]),
        ok,
      ],
      'pax',
      /two pax records/,
    ],
  ])('refuses %s, naming member and offset', async (_, members, file, message) => {
    const found = await refusal(tarGzOf(members))
    expect(found.code).toBe('evidence_malformed')
    expect(found.file).toBe(file.replace(/^\.\/etc/, 'etc'))
    expect(found.message).toMatch(message)
    expect(found.message).toMatch(/at byte \d+/)
  })

  it.each<[string, Uint8Array, RegExp]>([
    ['an empty body', Buffer.alloc(0), /is empty/],
    ['one byte', Buffer.from([0x1f]), /is cut/],
    ['a body that is not gzip', Buffer.from('PK\u0003\u0004 a zip'), /not a gzip file: it begins with the bytes 504b/],
    ['a plain tar', tarOf([ok]), /not a gzip file/],
    ['gzip of something that is no tar', gzipSync(Buffer.alloc(4096, 'x')), /is no tar archive/],
    ['gzip of nothing', gzipSync(''), /no end mark/],
    [
      'a wrong header checksum',
      tarGzOf([ok, { ...ok, name: 'b', badChecksum: true }]),
      /wrong header checksum \(at byte 1024\)/,
    ],
    ['a cut gzip stream', tarGzOf([ok]).subarray(0, -9), /is cut/],
    ['a gzip stream with a wrong checksum', flip(tarGzOf([ok]), -6), /damaged/],
    ['text behind the gzip stream', Buffer.concat([tarGzOf([ok]), Buffer.from('more')]), /something else behind/],
    ['a tar cut in its data', gzipSync(tarOf([{ name: 'a', data: 'x'.repeat(2000) }]).subarray(0, 1500)), /is cut/],
    ['a tar without an end mark', gzipSync(tarOf([ok], Buffer.alloc(0))), /no end mark/],
    [
      'a second archive behind the end',
      gzipSync(Buffer.concat([tarOf([ok]), tarOf([{ name: 'b' }])])),
      /behind its end/,
    ],
    ['two archives packed one by one', Buffer.concat([tarGzOf([ok]), tarGzOf([ok])]), /behind its end/],
    ['a name for nothing at the end', tarGzOf([ok, longNameOf('b')]), /name for nothing/],
  ])('refuses %s', async (_, body, message) => {
    const found = await refusal(body)
    expect(found).toMatchObject({ code: 'evidence_malformed' })
    expect(found.message).toMatch(message)
    expect(found.file).toBeTruthy()
  })

  it.each<[string, Uint8Array, Record<string, number>, RegExp]>([
    ['packed', tarGzOf([{ name: 'a', data: randomBytes(5000) }]), { packedBytes: 4000 }, /over 4000 bytes packed/],
    [
      'unpacked',
      tarGzOf([
        { name: 'a', data: Buffer.alloc(300_000) },
        { name: 'b', data: Buffer.alloc(300_000) },
      ]),
      { unpackedBytes: 500_000 },
      /unpacks to more/,
    ],
    ['one file', tarGzOf([{ name: 'a', data: 'x'.repeat(101) }]), { fileBytes: 100 }, /over 100 bytes/],
    ['members', tarGzOf([{ name: 'a' }, { name: 'b' }, { name: 'c' }]), { members: 2 }, /more than 2 members/],
    ['a path', tarGzOf([longNameOf('n'.repeat(600)), { name: 'a' }]), {}, /more than 512 bytes/],
    ['a pax path', tarGzOf([paxOf([['path', 'n'.repeat(600)]]), { name: 'a' }]), {}, /more than 512 bytes/],
    ['a pax header', tarGzOf([paxOf([['comment', 'n'.repeat(70_000)]]), { name: 'a' }]), {}, /pax header of more/],
    ['a claim with nothing behind it', tarGzOf([{ name: 'a', size: 0o7777777777 }]), {}, /over/],
  ])('refuses too much of it: %s', async (_, body, limits, message) => {
    const found = await refusal(body, limits)
    expect(found).toMatchObject({ code: 'evidence_too_large' })
    expect(found.message).toMatch(message)
  })

  it('counts the files that nobody wants towards the members', async () => {
    const body = tarGzOf(Array.from({ length: EVIDENCE_LIMITS.members + 1 }, (_, n) => ({ name: `x/${n}` })))
    await expect(read(body, () => false)).rejects.toMatchObject({ code: 'evidence_too_large' })
  })

  it('stops a body of 10 MB that unpacks to 10 GB after a bounded amount, in bounded memory', async () => {
    // 10 MiB of zeros, packed once and sent again and again as further gzip members: 1,000 of them are 10 GB.
    const head = gzipSync(
      memberOf({ name: 'a', sizeField: Buffer.from('800000000000000280000000', 'hex') }).subarray(0, 512),
    )
    const zeros = gzipSync(Buffer.alloc(10 * 1024 * 1024))
    let sent = 0
    async function* bomb() {
      yield head
      for (; sent < 1000; sent++) yield zeros
    }
    const before = process.memoryUsage().rss
    await expect(readEvidenceArchive(bomb(), () => false)).rejects.toMatchObject({ code: 'evidence_too_large' })
    expect(sent).toBeLessThan(60)
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1024 * 1024)
  })

  it('stops a member that unpacks to more than a thousand times its size', async () => {
    const body = gzipSync(tarOf([{ name: 'a', data: Buffer.alloc(40 * 1024 * 1024) }]), { level: 9 })
    await expect(read(body, () => false)).rejects.toThrow(/more than 1000 times/)
  })

  it('hands on the trouble of a sender that breaks off', async () => {
    await expect(readEvidenceArchive(broken(), all)).rejects.toThrow('connection lost')
  })

  it('lets go of the sender once it refuses', async () => {
    let released = false
    async function* endless() {
      try {
        for (;;) yield gzipSync(Buffer.alloc(4096, 'x'))
      } finally {
        released = true
      }
    }
    await expect(readEvidenceArchive(endless(), all)).rejects.toThrow(/no tar archive/)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(released).toBe(true)
  })
})

describe('secrets in an evidence archive', () => {
  it('are cut although the sender did not', async () => {
    const body = tarGzOf([
      { name: 'etc/apt/sources.list', data: 'deb http://user:s3cret@mirror.example.org/debian x main\n' },
      { name: 'etc/apt/auth.conf', data: 's3cret' },
      { name: 'etc/apt/auth.conf.d/a.conf', data: 's3cret' },
      { name: 'etc/apt/keyrings/a.asc', data: '-----BEGIN PGP PRIVATE KEY BLOCK-----\ns3cret' },
      { name: 'etc/apt/trusted.gpg.d/b.gpg', data: Buffer.from([0x95, 0x01, 0x73]) },
      { name: 'etc/apt/apt.conf.d/proxy', data: 'Acquire::http::Proxy "http://u:s3cret@p@proxy.example.org:3128/";\n' },
      {
        name: 'etc/apt/sources.list.d/k.sources',
        data: 'Signed-By:\n -----BEGIN PGP PRIVATE KEY BLOCK-----\n s3cret\n -----END PGP PRIVATE KEY BLOCK-----\nTypes: deb\n',
      },
      { name: 'var/lib/dpkg/status', data: 'Description: a PRIVATE KEY tool http://a@b/\n' },
    ])
    const { evidence, isExact, warnings } = await read(body)
    expect(isExact).toBe(false)
    const texts = Object.fromEntries([...evidence.files].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]))
    expect(texts).toEqual({
      'etc/apt/sources.list': 'deb http://mirror.example.org/debian x main\n',
      'etc/apt/apt.conf.d/proxy': 'Acquire::http::Proxy "http://proxy.example.org:3128/";\n',
      'etc/apt/sources.list.d/k.sources': 'Signed-By:\nTypes: deb\n',
      'var/lib/dpkg/status': 'Description: a PRIVATE KEY tool http://a@b/\n',
    })
    expect(warnings).toHaveLength(7)
  })
})

describe('packed evidence', () => {
  const files = fc.uniqueArray(
    fc.tuple(fc.stringMatching(/^[a-zé_]{1,60}(\/[a-z0-9.]{1,60}x){0,3}$/), fc.uint8Array({ maxLength: 1500 })),
    { maxLength: 12, selector: ([path]) => path },
  )

  it('reads back as it was, whatever order it was in', async () => {
    await fc.assert(
      fc.asyncProperty(files, async (entries) => {
        const packed = packEvidence({ files: new Map(entries) })
        expect(packEvidence({ files: new Map(entries.toReversed()) })).toEqual(packed)
        const { evidence, isExact } = await read(packed)
        expect(isExact).toBe(true)
        expect(inOrder(evidence.files)).toEqual(inOrder(new Map(entries)))
      }),
      { numRuns: 200 },
    )
  })
})

async function* broken() {
  yield tarGzOf([ok]).subarray(0, 40)
  throw new Error('connection lost')
}

function inOrder(map: ReadonlyMap<string, Uint8Array>) {
  const lines = [...map].map(([path, bytes]) => `${path} ${Buffer.from(bytes).toString('hex')}`)
  return lines.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

function flip(bytes: Buffer, at: number): Buffer {
  const index = at < 0 ? bytes.length + at : at
  bytes[index] = (bytes[index] ?? 0) ^ 1
  return bytes
}
