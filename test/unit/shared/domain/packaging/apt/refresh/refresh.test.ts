import { beforeAll, describe, expect, it } from 'vitest'
import { Fault } from '#shared/domain/fault.ts'
import { openAptList } from '#shared/domain/packaging/apt/refresh/list-format.ts'
import type { AptSnapshot } from '#shared/domain/packaging/apt/model.ts'
import {
  FOLDER,
  makeRepository,
  openRefreshWorld,
  OPTIONS,
  respond,
  type RefreshWorld,
} from '#test/support/refresh-world.ts'
import {
  clearSign,
  makeArchive,
  makeArchiveKey,
  stanza,
  type ArchiveKey,
  type ArchiveOptions,
} from '#test/support/signed-archive.ts'

let key: ArchiveKey
let other: ArchiveKey

beforeAll(async () => {
  key = await makeArchiveKey()
  other = await makeArchiveKey({ name: 'Somebody else' })
})

const HELLO = stanza({ Package: 'hello', Version: '2.10-3', Depends: 'libc6 (>= 2.36)' })
const EVIL = stanza({ Package: 'hello', Version: '99-evil' })

async function setup(options: Partial<ArchiveOptions> = {}): Promise<RefreshWorld> {
  const world = openRefreshWorld([key])
  const archive = await makeArchive({ indexes: { 'main/amd64': HELLO }, keys: [key], ...options })
  world.serve(archive.files)
  return world
}

async function archiveWith(options: Partial<ArchiveOptions>): Promise<Map<string, Uint8Array>> {
  return (await makeArchive({ indexes: { 'main/amd64': HELLO }, keys: [key], ...options })).files
}

/** The one version of hello that the world's snapshot offers. */
function offered(world: RefreshWorld, snapshot: AptSnapshot): string | undefined {
  const bytes = world.stored.get(snapshot.lists[0]?.key ?? '')
  return bytes === undefined ? undefined : openAptList(bytes).find('hello')[0]?.version
}

/** The reason of a refusal that stored nothing; anything else is said instead. */
async function refusalOf(world: RefreshWorld): Promise<string> {
  const before = world.stored.size
  const outcome = await world.refresh()
  if (world.stored.size !== before) return `stored ${world.stored.size - before} lists`

  return outcome.status === 'refused' ? outcome.reason : `was not refused but ${outcome.status}`
}

const day = (text: string) => new Date(`${text}T00:00:00Z`)

describe('a sound repository', () => {
  it.each(['xz', 'zst', 'gz', 'plain'] as const)('is read from %s', async (packing) => {
    const world = await setup({ packings: [packing] })

    const snapshot = await world.refreshed()
    expect(snapshot).toMatchObject({ verification: 'verified', gaps: [], warnings: [], signedBy: [key.fingerprint] })
    expect(snapshot.lists).toMatchObject([{ component: 'main', architecture: 'amd64', packages: 1, phased: false }])
    expect(offered(world, snapshot)).toBe('2.10-3')
  })

  it('is read from Release and Release.gpg where there is no InRelease', async () => {
    const world = await setup({ forms: ['detached'] })

    expect(await world.refreshed()).toMatchObject({ verification: 'verified', validators: { path: 'Release' } })
  })

  it('costs one conditional request while nothing changes', async () => {
    const world = await setup()
    await world.refreshed()
    world.requests.length = 0

    expect(await world.refresh()).toMatchObject({ status: 'unchanged' })
    expect(world.requests.map((request) => request.url)).toEqual([`${FOLDER}InRelease`])
    expect(world.requests[0]?.headers?.['if-none-match']).toBeDefined()
  })

  it('is unchanged when only its dates are newer, and carries them', async () => {
    const world = await setup()
    const before = await world.refreshed()
    world.serve(await archiveWith({ date: day('2026-02-02') }))
    world.requests.length = 0

    const outcome = await world.refresh()
    expect(outcome).toMatchObject({
      status: 'unchanged',
      snapshot: { digest: before.digest, publishedAt: '2026-02-02T00:00:00.000Z' },
    })
    expect(world.requests.map((request) => request.url)).toEqual([`${FOLDER}InRelease`])
  })

  it('has another digest once it offers something else', async () => {
    const world = await setup()
    const before = await world.refreshed()
    world.serve(await archiveWith({ indexes: { 'main/amd64': EVIL }, date: day('2026-02-02') }))

    const after = await world.refreshed()
    expect(after.digest).not.toBe(before.digest)
    expect(offered(world, after)).toBe('99-evil')
  })

  it('is fetched again when a list is no longer stored', async () => {
    const world = await setup()
    await world.refreshed()
    world.stored.clear()

    expect(await world.refresh()).toMatchObject({ status: 'unchanged' })
    expect(world.stored.size).toBe(1)
  })

  it('is asked for lists by hash first, by name where that fails', async () => {
    const world = await setup({ byHash: true })
    await world.refreshed()
    expect(world.requests.at(-1)?.url).toContain('/by-hash/SHA256/')

    const plain = await setup({ extraFields: 'Acquire-By-Hash: yes\n' })
    await plain.refreshed()
    expect(plain.requests.map((request) => request.url).slice(-2)).toEqual([
      expect.stringContaining('/by-hash/SHA256/'),
      `${FOLDER}main/binary-amd64/Packages.gz`,
    ])
  })

  it('has its other packing taken where the best one is listed but not there', async () => {
    const world = await setup({ packings: ['xz', 'gz'] })
    world.served.delete(`${FOLDER}main/binary-amd64/Packages.xz`)

    expect(offered(world, await world.refreshed())).toBe('2.10-3')
  })

  it('is read when it is flat', async () => {
    const world = openRefreshWorld([key])
    const folder = 'http://mirror.example.org/flat/pool/'
    world.serve(await archiveWith({ indexes: { '': HELLO }, suite: '', codename: '' }), folder)
    const flat = makeRepository({ uri: 'http://mirror.example.org/flat/', suite: 'pool/', components: [] })
    const repository = { ...flat, trust: { kind: 'keys', keyrings: [key.sha256], fingerprints: [] } as const }

    expect(await world.refreshed(repository)).toMatchObject({ gaps: [], lists: [{ component: '', packages: 1 }] })
  })

  it('without any Release is taken only on the machine’s order', async () => {
    const world = openRefreshWorld([key])
    world.served.set(`${FOLDER}main/binary-amd64/Packages`, Buffer.from(HELLO))

    expect(await world.refresh()).toMatchObject({
      status: 'refused',
      reason: expect.stringContaining('no Release file'),
    })
    expect(await world.refreshed(makeRepository())).toMatchObject({ release: null, verification: 'trusted-by-option' })
  })
})

describe('the lists that are wanted', () => {
  it('include the one for all where the archive keeps those packages apart', async () => {
    const indexes = { 'main/amd64': HELLO, 'main/all': stanza({ Package: 'doc', Version: '1', Architecture: 'all' }) }
    const apart = await setup({ architectures: ['amd64', 'all'], indexes })
    expect((await apart.refreshed()).lists).toHaveLength(2)

    const extraFields = 'No-Support-for-Architecture-all: Packages\n'
    const together = await setup({ architectures: ['amd64', 'all'], indexes, extraFields })
    expect((await together.refreshed()).lists).toHaveLength(1)
  })

  it('leave a gap for a component that the repository does not have', async () => {
    const world = await setup()
    const repository = makeRepository({ components: ['main', 'contirb'] })

    expect((await world.refreshed(repository)).gaps).toEqual(["The repository has no component 'contirb' for amd64."])
  })

  it('leave a gap for the native architecture, a warning for a foreign one that is declared unsupported', async () => {
    const world = await setup()

    const native = await world.refreshed(makeRepository({ architectures: ['riscv64'] }))
    expect(native.gaps).toEqual(["The repository does not support architecture 'riscv64'."])

    world.previous = null
    const foreign = await world.refreshed(makeRepository({ architectures: ['amd64', 'i386'] }))
    expect(foreign).toMatchObject({ gaps: [] })
    expect(foreign.warnings).toContain("The repository does not support architecture 'i386'.")
  })

  it('leave a gap where a list is empty or of another architecture', async () => {
    const empty = await setup({ indexes: { 'main/amd64': '' } })
    expect((await empty.refreshed()).gaps).toEqual(['The repository offers no package at all.'])

    const arm = stanza({ Package: 'hello', Version: '1', Architecture: 'arm64' })
    const foreign = await setup({ indexes: { 'main/amd64': arm } })
    expect((await foreign.refreshed()).gaps).toEqual([
      "The list of 'main' for amd64 has packages of other architectures only.",
    ])
  })
})

describe('an attack or a fault', () => {
  it('rollback is refused as going back in time', async () => {
    const world = await setup({ date: day('2026-02-01') })
    await world.refreshed()
    world.serve(await archiveWith({ date: day('2026-01-20') }))

    expect(await refusalOf(world)).toMatch('went back in time')
  })

  it('freeze is refused, also when the mirror answers that nothing changed', async () => {
    const world = await setup({ validUntil: day('2026-02-08') })
    await world.refreshed()
    world.now = day('2026-02-09')

    expect(await refusalOf(world)).toMatch('has expired')
    world.previous = null
    expect(await refusalOf(world)).toMatch('has expired')
  })

  it('freeze is accepted with a warning where the machine switched the check off', async () => {
    const world = await setup({ validUntil: day('2026-02-01') })
    const repository = makeRepository({ options: { ...OPTIONS, checkValidUntil: false } })

    const snapshot = await world.refreshed(repository)
    expect(snapshot.validUntil).toBe('2026-02-01T00:00:00.000Z')
    expect(snapshot.warnings.join()).toContain('has expired')
    expect(await world.refresh(repository)).toMatchObject({ status: 'unchanged' })
  })

  it('fast-forward is refused, and a mark set by a wrong clock does not lock the repository out', async () => {
    const world = await setup({ date: day('2027-02-01'), signedAt: day('2026-02-01') })
    expect(await refusalOf(world)).toMatch('from the future')

    world.now = day('2027-02-02')
    await world.refreshed()
    world.now = day('2026-02-02')
    world.serve(await archiveWith({ date: day('2026-02-01') }))
    expect(await world.refresh()).toMatchObject({
      status: 'unchanged',
      snapshot: { publishedAt: '2026-02-01T00:00:00.000Z' },
    })
  })

  it('mix-and-match: a list of another moment is refused', async () => {
    const world = await setup()
    world.served.set(
      `${FOLDER}main/binary-amd64/Packages.gz`,
      (await archiveWith({ indexes: { 'main/amd64': EVIL } })).get('main/binary-amd64/Packages.gz') ?? Buffer.alloc(0),
    )

    expect(await refusalOf(world)).toMatch('inconsistent')
  })

  it('a Release file that is newer at the second look is taken', async () => {
    const world = await setup()
    const next = await archiveWith({ indexes: { 'main/amd64': EVIL }, date: day('2026-02-01') })
    const first = world.served.get(`${FOLDER}InRelease`) as Uint8Array
    let looks = 0
    world.serve(next)
    world.served.set(`${FOLDER}InRelease`, () => respond(200, looks++ === 0 ? first : next.get('InRelease')))

    expect(offered(world, await world.refreshed())).toBe('99-evil')
    expect(looks).toBe(2)
  })

  it('endless data end at the promised size', async () => {
    const world = await setup()
    let sent = 0
    world.served.set(`${FOLDER}main/binary-amd64/Packages.gz`, () => ({
      ...respond(200),
      body: (async function* () {
        for (;;) {
          sent += 1000
          yield new Uint8Array(1000)
        }
      })(),
    }))

    expect(await refusalOf(world)).toMatch('sends more than')
    expect(sent).toBeLessThan(10_000)
  })

  it('another suite in the place of this one leaves a gap', async () => {
    const world = await setup({ suite: 'oldstable', codename: 'bullseye' })

    expect((await world.refreshed()).gaps).toEqual([
      "The repository answers with suite 'oldstable' (bullseye), which is not the suite asked for, 'bookworm'.",
    ])
  })

  it('another key is refused, whatever else it signs', async () => {
    expect(await refusalOf(await setup({ keys: [other] }))).toMatch('not among the trusted ones')
    expect(await (await setup({ keys: [other, key] })).refreshed()).toMatchObject({ signedBy: [key.fingerprint] })
  })

  it('a key that has expired by now is refused, also when nothing changed since', async () => {
    const short = await makeArchiveKey({ lifeSeconds: 40 * 86_400 })
    const world = openRefreshWorld([short])
    world.serve((await makeArchive({ indexes: { 'main/amd64': HELLO }, keys: [short] })).files)
    await world.refreshed()
    world.now = day('2026-03-01')

    expect(await refusalOf(world)).toMatch('key that has expired')
  })

  it('no signature is refused, and taken with a warning where the machine allows it', async () => {
    const world = await setup({ keys: [] })
    expect(await refusalOf(world)).toMatch('not signed')

    const insecure = makeRepository({
      trust: { kind: 'keys', keyrings: [key.sha256], fingerprints: [] },
      options: { ...OPTIONS, allowInsecure: true },
    })
    expect(await world.refreshed(insecure)).toMatchObject({
      verification: 'trusted-by-option',
      warnings: [expect.stringContaining('Not verified')],
    })
  })

  it('a key that the machine does not name is refused', async () => {
    const world = await setup()
    const trusting = (fingerprint: string) =>
      makeRepository({ trust: { kind: 'keys', keyrings: [key.sha256], fingerprints: [fingerprint] } })

    expect(await world.refresh(trusting(other.fingerprint))).toMatchObject({ status: 'refused' })
    expect(await world.refresh(trusting(`${key.fingerprint}!`))).toMatchObject({ status: 'changed' })
  })

  it('trusted=no is refused whatever the signature', async () => {
    expect(await (await setup()).refresh(makeRepository({ trust: { kind: 'never' } }))).toMatchObject({
      status: 'refused',
    })
  })

  it('a list of the wrong size is refused', async () => {
    const world = await setup()
    world.served.set(`${FOLDER}main/binary-amd64/Packages.gz`, Buffer.from('short'))

    expect(await refusalOf(world)).toMatch(/5 bytes instead of/)
  })

  it('a changed codename waits until a person accepts it, and the earlier snapshot stays', async () => {
    const world = await setup()
    const before = await world.refreshed()
    world.serve(await archiveWith({ codename: 'trixie' }))
    expect(await refusalOf(world)).toMatch("its codename from 'bookworm' to 'trixie'")

    world.acceptChanges = true
    const after = await world.refreshed()
    expect([before.release?.codename, after.release?.codename]).toEqual(['bookworm', 'trixie'])
  })

  it('a list that is packed otherwise than the Release file says is refused, though it unpacks to the same', async () => {
    const world = await setup()
    const url = `${FOLDER}main/binary-amd64/Packages.gz`
    const packed = Buffer.from(world.served.get(url) as Uint8Array)
    // The time in a gzip header means nothing to who unpacks it.
    packed[4] = (packed[4] ?? 0) ^ 1
    world.served.set(url, packed)

    expect(await refusalOf(world)).toMatch('does not have the checksum')
  })

  it('a list that unpacks to something else is refused', async () => {
    const made = await makeArchive({ indexes: { 'main/amd64': HELLO }, packings: ['plain', 'gz'], keys: [] })
    const wrong = made.releaseText.replace(
      /^ [0-9a-f]{64} (\d+) main\/binary-amd64\/Packages$/m,
      ` ${'0'.repeat(64)} $1 main/binary-amd64/Packages`,
    )
    const world = await setup()
    world.served.set(`${FOLDER}InRelease`, Buffer.from(await clearSign(wrong, [key])))

    expect(await refusalOf(world)).toMatch('does not unpack to what')
  })

  it('a list that is not there is refused, naming it', async () => {
    const world = await setup()
    world.served.delete(`${FOLDER}main/binary-amd64/Packages.gz`)

    expect(await refusalOf(world)).toMatch(/not there \(http.*Packages\.gz\)/)
  })

  it('MD5 and SHA-1 alone are refused', async () => {
    expect(await refusalOf(await setup({ hashes: ['MD5Sum', 'SHA1'] }))).toMatch('no checksums but MD5 or SHA-1')
    expect((await (await setup({ hashes: ['SHA512'] })).refreshed()).lists[0]?.key).toContain('sha512-')
  })

  it('a web page in the place of the Release file is refused, naming the URL', async () => {
    const world = await setup()
    world.served.set(`${FOLDER}InRelease`, Buffer.from('<!DOCTYPE html><html><body>log in</body></html>'))

    expect(await refusalOf(world)).toMatch(
      /web page.*\(http:\/\/mirror\.example\.org\/debian\/dists\/bookworm\/InRelease:1\)/,
    )
  })

  it('a malformed index is refused, naming URL and line', async () => {
    const world = await setup({
      indexes: { 'main/amd64': `${HELLO}Package: x\nVersion: 1\nnonsense\n\n` },
      packings: ['xz'],
    })

    expect(await refusalOf(world)).toMatch(/Packages\.xz:6\)/)
  })

  it.each([
    [500, 'unreachable'],
    [503, 'unreachable'],
    [429, 'unreachable'],
    [401, 'refused'],
    [403, 'refused'],
  ])('status %i is %s, and the earlier snapshot is not touched', async (status, outcome) => {
    const world = await setup()
    world.served.set(`${FOLDER}InRelease`, () => respond(status))

    expect(await world.refresh()).toMatchObject({
      status: outcome,
      reason: expect.stringContaining(`status ${status}`),
    })
  })

  it('a connection that breaks is unreachable', async () => {
    const world = await setup()
    world.served.set(`${FOLDER}InRelease`, () => ({
      ...respond(200),
      body: (async function* () {
        yield new Uint8Array(10)
        throw new Error('reset')
      })(),
    }))

    expect(await world.refresh()).toMatchObject({ status: 'unreachable', reason: expect.stringContaining('InRelease') })
  })

  it('a source that cannot be fetched from here says why', async () => {
    const world = await setup()

    world.served.set(`${FOLDER}InRelease`, () => {
      throw new Fault('address_refused', 'the address is refused')
    })

    expect(await world.refresh(makeRepository({ unreachable: 'cdrom: is not reachable' }))).toEqual({
      status: 'unreachable',
      reason: 'cdrom: is not reachable',
    })
  })
})
