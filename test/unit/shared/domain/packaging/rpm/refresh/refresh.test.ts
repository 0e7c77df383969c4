import { beforeAll, describe, expect, it } from 'vitest'
import {
  makeRpmRepository,
  openRpmRefreshWorld,
  YUM_FOLDER,
  type RpmRefreshWorld,
} from '#test/support/rpm-refresh-world.ts'
import { respond } from '#test/support/refresh-world.ts'
import { makeArchiveKey, signDetached, type ArchiveKey } from '#test/support/signed-archive.ts'
import {
  makeYumFiles,
  packageXml,
  pathOf,
  primaryXml,
  sha256,
  updatesXml,
  type YumFilesOptions,
} from '#test/support/yum-files.ts'

const REPOMD = `${YUM_FOLDER}repodata/repomd.xml`
const MODULE =
  '---\ndocument: modulemd\nversion: 2\ndata:\n  name: web\n  stream: 1.10\n  version: 3\n  context: c\n  arch: x86_64\n...\n'

function setup(options: YumFilesOptions = {}): RpmRefreshWorld {
  const world = openRpmRefreshWorld()
  world.serve(makeYumFiles(options))
  return world
}

/** The reason of a refusal that stored nothing; anything else is said instead. */
async function refusalOf(world: RpmRefreshWorld, repository = makeRpmRepository()): Promise<string> {
  const before = world.stored.size
  const outcome = await world.refresh(repository)
  if (world.stored.size !== before) return `stored ${world.stored.size - before} lists`
  return outcome.status === 'refused' ? outcome.reason : `was not refused but ${outcome.status}`
}

const later = 1_764_600_000
const earlier = 1_764_400_000

describe('a sound yum repository', () => {
  it.each(['gz', 'zst', 'plain'] as const)('is read from %s', async (packing) => {
    const world = setup({
      packing,
      updateinfo: updatesXml([{ id: 'A-1', name: 'hello', evr: '1.0-1' }]),
      modules: MODULE,
    })

    const snapshot = await world.refreshed()
    expect(snapshot).toMatchObject({
      gaps: [],
      publishedAt: '2025-11-30T10:53:20.000Z',
      lists: [{ packages: 1, architectures: ['x86_64'] }],
      repomd: { revision: '1764500000', timestamp: 1_764_500_000, url: REPOMD },
    })
    expect(world.list().find('hello')).toMatchObject([
      {
        version: '1.0',
        release: '1',
        epoch: 0,
        vendor: 'Example',
        sourceRpm: 'hello-1.0-1.src.rpm',
        buildTime: 1_700_000_000,
      },
    ])
    expect(world.list().advisoriesOf('hello')).toMatchObject([
      { version: '1.0', advisory: { id: 'A-1', severity: 'high' } },
    ])
    expect(world.list().modules?.streams).toMatchObject([{ name: 'web', stream: '1.10' }])
  })

  it('costs one conditional request while nothing changes', async () => {
    const world = setup()
    await world.refreshed()
    world.requests.length = 0

    expect(await world.refresh()).toMatchObject({ status: 'unchanged' })
    expect(world.requests.map(({ url }) => url)).toEqual([REPOMD])
    expect(world.requests[0]?.headers?.['if-none-match']).toBeDefined()
  })

  it('is fetched again when its list is no longer stored', async () => {
    const world = setup()
    await world.refreshed()
    world.stored.clear()

    expect(await world.refresh()).toMatchObject({ status: 'unchanged' })
    expect(world.stored.size).toBe(1)
  })

  it('is unchanged when only its dates are newer, fetches no list, and carries them', async () => {
    const world = setup()
    const before = await world.refreshed()
    world.serve(makeYumFiles({ timestamp: later }))
    world.requests.length = 0

    expect(await world.refresh()).toMatchObject({
      status: 'unchanged',
      snapshot: { digest: before.digest, repomd: { timestamp: later } },
    })
    expect(world.requests.map(({ url }) => url)).toEqual([REPOMD])
  })

  it('has another digest once it offers something else', async () => {
    const world = setup()
    const before = await world.refreshed()
    world.serve(makeYumFiles({ timestamp: later, packages: [packageXml({ version: '2.0-1' })] }))

    expect(await world.refresh()).toMatchObject({ status: 'changed' })
    expect((await world.refreshed()).digest).not.toBe(before.digest)
    expect(world.list().find('hello')[0]?.version).toBe('2.0')
  })

  it('is looked at once more when it changes between repomd.xml and its files', async () => {
    const world = setup()
    const newer = makeYumFiles({ timestamp: later, packages: [packageXml({ version: '2.0-1' })] })
    const old = world.served.get(REPOMD)
    let looks = 0
    world.serve(newer)
    world.served.set(REPOMD, () => {
      looks += 1
      return respond(200, looks === 1 && old instanceof Uint8Array ? old : (newer.get('repodata/repomd.xml') ?? ''))
    })

    await world.refreshed()
    expect(world.list().find('hello')[0]?.version).toBe('2.0')
  })

  it('leaves source packages out', async () => {
    const packages = [packageXml(), packageXml({ architecture: 'src' }), packageXml({ architecture: 'nosrc' })]
    const world = setup({ packages })

    expect((await world.refreshed()).lists).toMatchObject([{ packages: 1 }])
  })
})

describe('how far a yum repository is trusted', () => {
  let key: ArchiveKey
  let other: ArchiveKey
  beforeAll(async () => {
    key = await makeArchiveKey({ createdAt: new Date('2025-01-01T00:00:00Z') })
    other = await makeArchiveKey({ createdAt: new Date('2025-01-01T00:00:00Z') })
  })
  const signedAt = new Date('2026-02-01T00:00:00Z')

  async function signed(by: ArchiveKey | null, options: YumFilesOptions = {}) {
    const world = openRpmRefreshWorld()
    await serveSigned(world, by, options)
    return world
  }

  async function serveSigned(world: RpmRefreshWorld, by: ArchiveKey | null, options: YumFilesOptions = {}) {
    const files = makeYumFiles(options)
    world.keyrings.set(key.sha256, key.keyring)
    if (by !== null) {
      const text = Buffer.from(files.get('repodata/repomd.xml') ?? '').toString()
      files.set('repodata/repomd.xml.asc', Buffer.from(await signDetached(text, [by], signedAt)))
    }
    world.serve(files)
  }
  const demanding = () => makeRpmRepository({ demandsSignature: true, keyrings: [key.sha256] })
  const knowing = () => makeRpmRepository({ keyrings: [key.sha256] })

  it('is by its signature where a key is known', async () => {
    for (const repository of [demanding(), knowing()]) {
      const world = await signed(key)
      expect(await world.refreshed(repository)).toMatchObject({
        verification: 'verified',
        warnings: [],
        signedBy: [key.fingerprint],
      })
    }
  })

  it('is by the connection alone where nobody signs, and says so', async () => {
    const snapshot = await setup().refreshed()

    expect(snapshot.verification).toBe('trusted-by-option')
    expect(snapshot.warnings).toEqual([
      'Not verified: the machine has no key for it; only the https connection vouches for what it offers.',
    ])
  })

  it.each([
    ['without a signature', null, 'not signed'],
    ['signed by a stranger', 'other', 'not among the trusted ones'],
  ] as const)('is nothing for one %s where the machine demands it', async (_, by, words) => {
    const world = await signed(by === null ? null : other)
    expect(await refusalOf(world, demanding())).toContain(words)
  })

  it('is nothing where a signature is demanded and no key is known', async () => {
    expect(await refusalOf(setup(), makeRpmRepository({ demandsSignature: true }))).toContain('none of the keys')
  })

  it('is not by a key that it does not know, which is said', async () => {
    const world = await signed(other)
    expect((await world.refreshed(knowing())).warnings.join()).toContain('a key that the machine does not name')
  })

  it('is nothing for a signature over something else, demanded or not', async () => {
    const world = await signed(key)
    const text = Buffer.from(makeYumFiles({ timestamp: later }).get('repodata/repomd.xml') ?? '').toString()
    world.served.set(`${REPOMD}.asc`, Buffer.from(await signDetached(text, [key], signedAt)))

    expect(await refusalOf(world, knowing())).toContain('does not fit the text')
  })

  it('is nothing for one that was signed before and is not any more', async () => {
    const world = await signed(key)
    await world.refreshed(knowing())
    await serveSigned(world, null, { timestamp: later })
    expect(await refusalOf(world, knowing())).toContain('signed before')

    await serveSigned(world, other, { timestamp: later })
    expect(await refusalOf(world, knowing())).toContain('not among the trusted ones')
  })

  it('is looked at again once the key has expired, changed or not', async () => {
    const brief = await makeArchiveKey({ createdAt: new Date('2026-01-01T00:00:00Z'), lifeSeconds: 60 * 86_400 })
    const world = await signed(brief)
    world.keyrings.set(brief.sha256, brief.keyring)
    world.now = new Date('2026-02-02T00:00:00Z')
    const repository = makeRpmRepository({ demandsSignature: true, keyrings: [brief.sha256] })
    await world.refreshed(repository)

    world.now = new Date('2026-06-01T00:00:00Z')
    expect(await refusalOf(world, repository)).toContain('expired')
  })
})

describe('a yum repository that goes back in time', () => {
  it.each([
    ['its revision', { revision: '1764499999' }],
    ['its data', { timestamp: earlier, revision: '1764500001' }],
  ])('by %s is refused, whatever else is new', async (_, options) => {
    const world = setup()
    await world.refreshed()
    world.serve(makeYumFiles(options))

    expect(await refusalOf(world)).toContain('went back in time')
    world.acceptChanges = true
    expect(await world.refresh()).not.toHaveProperty('reason')
  })

  it('is from the future at first: refused, as it would keep every honest successor out', async () => {
    const world = setup({ timestamp: 4_000_000_000 })
    expect(await refusalOf(world)).toContain('from the future')
  })
})

describe('a yum repository that offers nothing', () => {
  const empty = { packages: [] }

  it('at first sight is taken with a warning', async () => {
    expect((await setup(empty).refreshed()).warnings).toContain('The repository offers no package at all.')
  })

  it('and offered something before is refused, until a person accepts it', async () => {
    const world = setup()
    await world.refreshed()
    world.serve(makeYumFiles({ ...empty, timestamp: later }))

    expect(await world.refresh()).toMatchObject({ status: 'refused', reason: expect.stringContaining('did so before') })
    world.acceptChanges = true
    expect(await world.refresh()).toMatchObject({ status: 'changed' })
  })
})

describe('what a yum repository promises and does not keep', () => {
  it.each([
    ['gone', () => null, 'not there'],
    ['longer', (packed: Buffer) => Buffer.concat([packed, packed]), 'more than'],
    ['shorter', (packed: Buffer) => packed.subarray(1), 'bytes instead of'],
    ['changed', (packed: Buffer) => Buffer.from(packed).fill(0, 20, 30), 'does not have the checksum'],
  ] as const)('of its package list, which is %s, is refused, naming the file', async (_, change, words) => {
    const files = makeYumFiles()
    const path = pathOf(files, 'primary')
    const bytes = change(Buffer.from(files.get(path) ?? ''))
    if (bytes === null) files.delete(path)
    else files.set(path, bytes)
    const world = openRpmRefreshWorld()
    world.serve(files)

    const reason = await refusalOf(world)
    expect(reason).toContain(words)
    expect(reason).toContain(path)
  })

  it.each([
    [
      'open-checksum',
      (text: string) => text.replace(/(open-checksum type="sha256">).{4}/, '$10000'),
      'does not unpack to',
    ],
    ['open-size', (text: string) => text.replace(/<open-size>/, '<open-size>1'), 'unpacks to'],
    ['smaller open-size', (text: string) => text.replace(/<open-size>\d+/, '<open-size>9'), 'unpacks to more than 9'],
    ['md5', (text: string) => text.replace('checksum type="sha256"', 'checksum type="md5"'), 'weak'],
    ['sha', (text: string) => text.replace('checksum type="sha256"', 'checksum type="sha"'), 'weak'],
    ['place outside', (text: string) => text.replace('href="', 'href="../'), 'outside of itself'],
    [
      'place elsewhere',
      (text: string) => text.replace('href="', 'xml:base="http://10.0.0.1/" href="'),
      'outside of itself',
    ],
    ['no primary', (text: string) => text.replace('"primary"', '"other"'), "no file of type 'primary'"],
    ['two primaries', (text: string) => text.replace(/<data[^]*<\/data>/, '$&$&'), 'two files'],
    ['another root', () => '<html></html>', 'root is <html>'],
  ])('with %s is refused', async (_, edit, words) => {
    expect(await refusalOf(setup({ edit }))).toContain(words)
  })

  it('of its advisories leaves their meaning unknown, with a warning, and is tried again', async () => {
    const world = setup({ updateinfo: '<updates><update></updates>' })
    const snapshot = await world.refreshed()

    expect(snapshot.gaps).toEqual([])
    expect(snapshot.warnings.join()).toContain('advisories cannot be used')
    expect(world.list().hasAdvisories).toBe(false)
    expect(world.list().find('hello')).toHaveLength(1)

    world.serve(makeYumFiles({ timestamp: later, updateinfo: updatesXml([]) }))
    expect((await world.refreshed()).warnings.join()).not.toContain('advisories')
    expect(world.list().hasAdvisories).toBe(true)
  })

  it('of its modules is a gap', async () => {
    const snapshot = await setup({ modules: '--- [' }).refreshed()

    expect(snapshot.gaps.join()).toContain('module data cannot be used')
  })

  it('of its modules that are not there is a gap', async () => {
    const world = setup({ modules: MODULE })
    world.served.delete(YUM_FOLDER + pathOf(makeYumFiles({ modules: MODULE }), 'modules'))

    expect((await world.refreshed()).gaps.join()).toContain('not there')
  })

  it('of its modules that cannot be had at the moment is no snapshot', async () => {
    const world = setup({ modules: MODULE })
    world.served.set(YUM_FOLDER + pathOf(makeYumFiles({ modules: MODULE }), 'modules'), () => respond(503))

    expect(await world.refresh()).toMatchObject({ status: 'unreachable' })
  })
})

describe('mirrors of a yum repository', () => {
  const LIST = 'https://mirrors.example.org/list'
  const [NEAR, FAR] = ['https://near.example.org/r/', 'https://far.example.org/r/']
  const listed = makeRpmRepository({ baseUrls: [], mirrorList: LIST })
  const linked = makeRpmRepository({ baseUrls: [], metalink: LIST })

  function metalink(
    files: ReadonlyMap<string, Uint8Array>,
    more: { hash?: string; alternates?: string } = {},
  ): Uint8Array {
    const hash = more.hash ?? sha256(files.get('repodata/repomd.xml') ?? new Uint8Array())
    const url = (folder: string, preference: number) =>
      `<url protocol="https" type="https" preference="${preference}">${folder}repodata/repomd.xml</url>`
    return Buffer.from(
      `<metalink version="3.0" xmlns="http://www.metalinker.org/"><files><file name="repomd.xml"><verification><hash type="md5">00</hash><hash type="sha256">${hash}</hash></verification>${more.alternates ?? ''}<resources>${url(FAR, 10)}${url(NEAR, 90)}</resources></file></files></metalink>`,
    )
  }

  it('are taken from a list in its order, comments aside', async () => {
    const world = openRpmRefreshWorld()
    world.served.set(LIST, Buffer.from(`# mirrors\n\nrsync://x/\nhttps://gone.example.org/r\n${NEAR}\n`))
    world.serve(makeYumFiles(), NEAR)

    expect((await world.refreshed(listed)).repomd.url).toBe(`${NEAR}repodata/repomd.xml`)
    expect(world.requests.map(({ url }) => url).slice(0, 2)).toEqual([
      LIST,
      'https://gone.example.org/r/repodata/repomd.xml',
    ])
  })

  it('come after the addresses that the machine itself names, and do without a list that cannot be had', async () => {
    const both = makeRpmRepository({ baseUrls: [FAR], mirrorList: LIST })
    const world = openRpmRefreshWorld()
    world.serve(makeYumFiles(), FAR)
    world.serve(makeYumFiles(), NEAR)
    expect((await world.refreshed(both)).repomd.url).toBe(`${FAR}repodata/repomd.xml`)

    world.served.set(LIST, Buffer.from(`${NEAR}\n`))
    world.served.delete(`${FAR}repodata/repomd.xml`)
    expect((await world.refreshed(both)).repomd.url).toBe(`${NEAR}repodata/repomd.xml`)
  })

  it('are taken from a metalink by preference, and its hash vouches for them', async () => {
    const world = openRpmRefreshWorld()
    const files = makeYumFiles()
    world.served.set(LIST, metalink(files))
    for (const folder of [NEAR, FAR]) world.serve(files, folder)

    expect(await world.refreshed(linked)).toMatchObject({
      verification: 'verified',
      warnings: [],
      repomd: { url: `${NEAR}repodata/repomd.xml` },
    })
    world.requests.length = 0
    expect(await world.refresh(linked)).toMatchObject({ status: 'unchanged' })
    expect(world.requests.map(({ url }) => url)).toEqual([LIST])
  })

  it('vouch for nothing where the metalink itself came by http', async () => {
    const world = openRpmRefreshWorld()
    const files = makeYumFiles()
    const plain = LIST.replace('https', 'http')
    world.served.set(plain, metalink(files))
    world.serve(files, NEAR)

    expect(await world.refreshed({ ...linked, metalink: plain })).toMatchObject({ verification: 'trusted-by-option' })
  })

  it('that are behind their metalink are passed over', async () => {
    const world = openRpmRefreshWorld()
    const [old, fresh] = [makeYumFiles(), makeYumFiles({ timestamp: later })]
    world.served.set(LIST, metalink(fresh))
    world.serve(old, NEAR)
    world.serve(fresh, FAR)

    expect((await world.refreshed(linked)).repomd.url).toBe(`${FAR}repodata/repomd.xml`)
  })

  it('may offer what the metalink names as an alternate', async () => {
    const world = openRpmRefreshWorld()
    const old = makeYumFiles()
    const alternates = `<mm0:alternates><mm0:alternate><verification><hash type="sha256">${sha256(old.get('repodata/repomd.xml') ?? new Uint8Array())}</hash></verification></mm0:alternate></mm0:alternates>`
    world.served.set(LIST, metalink(old, { hash: 'f'.repeat(64), alternates }))
    world.serve(old, NEAR)

    expect(await world.refreshed(linked)).toMatchObject({ verification: 'verified' })
  })

  it('are asked for what is new while the metalink names what is known only as an alternate', async () => {
    const world = openRpmRefreshWorld()
    const [old, fresh] = [
      makeYumFiles(),
      makeYumFiles({ timestamp: later, packages: [packageXml({ version: '2.0-1' })] }),
    ]
    world.served.set(LIST, metalink(old))
    world.serve(old, NEAR)
    await world.refreshed(linked)

    const alternates = `<mm0:alternates><mm0:alternate><verification><hash type="sha256">${sha256(old.get('repodata/repomd.xml') ?? new Uint8Array())}</hash></verification></mm0:alternate></mm0:alternates>`
    const text = Buffer.from(metalink(fresh, { alternates })).toString()
    const [verification = ''] = /<verification>(?:(?!<mm0).)*?<\/verification>/.exec(text) ?? []
    world.served.set(
      LIST,
      Buffer.from(text.replace(verification, '').replace('</mm0:alternates>', `</mm0:alternates>${verification}`)),
    )
    world.serve(fresh, NEAR)
    expect(await world.refresh(linked)).toMatchObject({ status: 'changed' })
  })

  it('whose files contradict repomd.xml are passed over, and all of them are named when none is left', async () => {
    const world = openRpmRefreshWorld()
    const files = makeYumFiles()
    world.served.set(LIST, Buffer.from(`${NEAR}\n${FAR}\n`))
    const broken = new Map(files)
    broken.set(pathOf(files, 'primary'), Buffer.from('x'))
    world.serve(broken, NEAR)
    world.serve(files, FAR)
    expect((await world.refreshed(listed)).repomd.url).toContain(FAR)

    world.previous = null
    world.stored.clear()
    world.serve(broken, FAR)
    const reason = await refusalOf(world, listed)
    expect(reason).toContain(NEAR)
    expect(reason).toContain(FAR)
  })

  it('are tried up to six, however many there are', async () => {
    const world = openRpmRefreshWorld()
    const urls = Array.from({ length: 50 }, (_, index) => `https://m${index}.example.org/`)
    world.served.set(LIST, Buffer.from(urls.join('\n')))

    await refusalOf(world, listed)
    expect(world.requests).toHaveLength(7)
  })

  it.each([
    ['nothing', '', 'names no mirror'],
    ['other schemes', 'ftp://mirror.example.org/\nfile:///srv/\n', 'names no mirror'],
    ['a web page', '<html><body>Log in</body></html>', 'names no mirror'],
    ['users', 'https://user:secret@mirror.example.org/\n', 'names no mirror'],
  ])('in a list of %s are none', async (_, text, words) => {
    const world = openRpmRefreshWorld()
    world.served.set(LIST, Buffer.from(text))

    expect(await refusalOf(world, listed)).toContain(words)
  })
})

describe('a package list that lies about itself', () => {
  it.each([
    ['fewer packages than it says', primaryXml([packageXml()], 2), 'says it has 2 packages'],
    ['another root', '<html></html>', 'root is <html>'],
    ['a document type', primaryXml([packageXml()]).replace('<metadata', '<!DOCTYPE m>\n<metadata'), 'document type'],
    ['an unknown entity', primaryXml([packageXml({ name: '&x;' })]), 'not well-formed'],
    ['a package without a name', primaryXml([packageXml({ name: '' })]), 'not one word'],
    ['a name of 10,000 characters', primaryXml([packageXml({ name: 'x'.repeat(10_000) })]), 'too long'],
    ['an end in the middle', primaryXml([packageXml()]).slice(0, -40), 'not well-formed'],
    ['another encoding', primaryXml([packageXml()]).replace('UTF-8', 'ISO-8859-1'), 'not in UTF-8'],
  ])('(%s) is refused', async (_, xml, words) => {
    expect(await refusalOf(setup({ primary: Buffer.from(xml) }))).toContain(words)
  })

  it('(bytes that are no text) is refused', async () => {
    const xml = Buffer.concat([Buffer.from('<metadata>'), Buffer.from([0xff, 0xfe]), Buffer.from('</metadata>')])
    expect(await refusalOf(setup({ primary: xml }))).toContain('not UTF-8')
  })
})
