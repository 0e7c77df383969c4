import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isFault } from '#shared/domain/fault.ts'
import { decompress } from '#shared/domain/packaging/refreshing/decompress.ts'
import { compressionOf } from '#shared/domain/packaging/rpm/refresh/fetch-data.ts'
import { openRpmListBuilder } from '#shared/domain/packaging/rpm/refresh/list-builder.ts'
import { openRpmList } from '#shared/domain/packaging/rpm/refresh/list-format.ts'
import { parseMetalink } from '#shared/domain/packaging/rpm/refresh/metalink.ts'
import { openModulesScanner } from '#shared/domain/packaging/rpm/refresh/modules.ts'
import { openPrimaryScanner } from '#shared/domain/packaging/rpm/refresh/primary.ts'
import { parseRepomd } from '#shared/domain/packaging/rpm/refresh/repomd.ts'
import { openUpdateInfoReader } from '#shared/domain/packaging/rpm/refresh/update-info.ts'
import { readXml } from '#shared/domain/packaging/rpm/refresh/xml.ts'
import { readPrimary } from '#test/support/rpm-offers.ts'
import { openRpmRefreshWorld, type RpmRefreshWorld } from '#test/support/rpm-refresh-world.ts'
import { repositoryRoot } from '#test/support/samples.ts'

const samples = join(dirname(repositoryRoot), 'shared/samples/pkg')
const hasSamples = existsSync(samples)

/** A world that serves what lies in a folder with a `repodata` folder, or in a `repodata` folder itself. */
function serveFolder(folder: string): RpmRefreshWorld {
  const world = openRpmRefreshWorld()
  const files = new Map(readdirSync(folder).map((name) => [`repodata/${name}`, readFileSync(join(folder, name))]))
  world.serve(files)
  return world
}

const scenarios = hasSamples
  ? readdirSync(join(samples, 'scenarios-rpm')).flatMap((scenario) => {
      const repos = join(samples, 'scenarios-rpm', scenario, 'repos')
      return existsSync(repos)
        ? readdirSync(repos).map((name) => ({ name: `${scenario}/${name}`, folder: join(repos, name, 'repodata') }))
        : []
    })
  : []

const list = (folder: string): string[] => (hasSamples ? readdirSync(join(samples, folder)) : [])
const file = (folder: string, name: string): Buffer => readFileSync(join(samples, folder, name))

const STACK = 'ci-dnf-stack__dnf-behave-tests__fixtures__specs__'

/** What the real repositories of the samples must come to: packages, or the words of the refusal. */
const REPOSITORIES: [name: string, outcome: string][] = [
  // Its file is one byte longer than its repomd.xml says.
  ['createrepo_c__tests__testdata__repo_01__repodata', 'more than the 782 bytes'],
  ['createrepo_c__tests__testdata__repo_04__repodata', 'exactly 2 packages.'],
  ['createrepo_c__tests__testdata__repo_koji_02__repodata', 'exactly 1 packages.'],
  ['createrepo_c__tests__testdata__repo_with_additional_metadata__repodata', 'exactly 1 packages.'],
  // Most of dnf's own are edited by hand.
  ['dnf5__test__data__repos-repomd__repomd-comps-core-different-translations__repodata', 'instead of the 81503'],
  ['dnf5__test__data__repos-repomd__repomd-comps-core-empty__repodata', 'not there'],
  ['dnf5__test__data__repos-repomd__repomd-comps-core-environment__repodata', 'more than the 134 bytes'],
  ['dnf5__test__data__repos-repomd__repomd-comps-core-v2__repodata', 'not there'],
  ['dnf5__test__data__repos-repomd__repomd-comps-critical-path-standard__repodata', 'not there'],
  ['dnf5__test__data__repos-repomd__repomd-comps-minimal-environment-different-translations__repodata', 'not there'],
  ['dnf5__test__data__repos-repomd__repomd-comps-minimal-environment-v2__repodata', 'not there'],
  ['dnf5__test__data__repos-repomd__repomd-comps-minimal-environment__repodata', 'not there'],
  ['dnf5__test__data__repos-repomd__repomd-modules-duplicit__repodata', 'not there'],
  ['dnf5__test__data__repos-repomd__repomd-repo1-gpg__repodata', 'exactly 3 packages.'],
  ['dnf5__test__data__repos-repomd__repomd-repo1__repodata', 'instead of the 81503'],
  ['katello__test__fixtures__test_repos__zoo2__repodata', 'exactly 14 packages and a gap.'],
  ['katello__test__fixtures__test_repos__zoo_dup__repodata', 'exactly 19 packages and a gap.'],
  ['libdnf__data__tests__gpg-asc__repodata', "no file of type 'primary'"],
  ['libdnf__data__tests__modules__modules___all__x86_64__repodata', 'exactly 43 packages.'],
  ['librepo__tests__test_data__repo_yum_03__repodata', 'exactly 21 packages.'],
  ['libzypp__zypp__tests__data__11.0-update__repodata', "only checksum is 'sha'"],
  ['libzypp__zypp__tests__data__OBS_zypp_svn-11.1__repodata', "only checksum is 'sha'"],
  ['libzypp__zypp__tests__data__obs_virtualbox_11_1__repodata', "only checksum is 'sha'"],
]

/** Streams, defaults and artifacts of module samples; words where they are refused. */
const MODULES: [name: string, outcome: string][] = [
  ['libmodulemd__modulemd__tests__test_data__f29-updates.yaml', '56 streams, 3 defaults, 1447 artifacts'],
  ['libmodulemd__modulemd__tests__test_data__f29.yaml', '48 streams, 2 defaults, 1226 artifacts'],
  ['libmodulemd__modulemd__tests__test_data__merging-base.yaml', '0 streams, 3 defaults, 0 artifacts'],
  ['libmodulemd__modulemd__tests__test_data__good-v2-extra-keys.yaml', '1 streams, 0 defaults, 7 artifacts'],
  ['libmodulemd__modulemd__tests__test_data__290.yaml', '1 streams, 0 defaults, 0 artifacts'],
  ['libmodulemd__modulemd__tests__test_data__stream_unicode_v1.yaml', '1 streams, 0 defaults, 0 artifacts'],
  ['libmodulemd__modulemd__tests__test_data__bad_packager_v2.yaml', '0 streams, 0 defaults, 0 artifacts'],
  ['libmodulemd__modulemd__tests__test_data__dependson_v1.yaml', 'names no module or no stream'],
  ['libmodulemd__modulemd__tests__test_data__dependson_v2.yaml', 'names no module or no stream'],
  ['libmodulemd__modulemd__tests__test_data__invalid_defaults.yaml', 'date that is not a number'],
  ['katello__test__fixtures__test_repos__zoo__modules.yaml', '6 streams, 3 defaults, 6 artifacts'],
  [`${STACK}dnf-ci-fedora-modular__modules.yaml`, '11 streams, 4 defaults, 32 artifacts'],
  [`${STACK}dnf-ci-thirdparty-modular__modules.yaml`, '26 streams, 2 defaults, 11 artifacts'],
]

/** Advisories and the packages in them. */
const UPDATES: [name: string, outcome: string][] = [
  [`${STACK}security-upgrade__updateinfo.xml`, '10 advisories, 11 packages'],
  [`${STACK}dnf-ci-multicontext-modular-advisory__updateinfo.xml`, '1 advisories, 2 packages'],
  ['createrepo_c__tests__testdata__updateinfo_files__updateinfo_02.xml.xz', 'without name or version'],
  ['katello__test__fixtures__test_repos__zoo__updateinfo.xml', '8 advisories, 13 packages'],
  ['pulp-fixtures__rpm__assets-pkg-lion__updateinfo.xml', '0 advisories, 0 packages'],
  ['pulp-fixtures__rpm__assets-srpm__updateinfo.xml', '2 advisories, 0 packages'],
  ['vuln-list-update__amazon__testdata__fixtures__updateinfo_AL2023.xml.gz', '1 advisories, 61 packages'],
  ['vuln-list-update__amazon__testdata__fixtures__updateinfo_invalid.xml.gz', 'not well-formed'],
  ['vuln-list-update__rocky__testdata__fixtures__releases__happy.html', 'root is <html>'],
]

/** What createrepo_c itself calls malformed. */
const MALFORMED: [name: string, outcome: string][] = [
  ['multiple_warnings_00-primary.xml', '2 packages'],
  ['repo_01_ampersand-primary.xml', '1 packages'],
  ['unknown_element_00-primary.xml', '2 packages'],
  // One of its two packages stands in an element that nobody knows.
  ['unknown_element_01-primary.xml', 'says it has 2 packages, and has 1'],
]

const METALINKS: [name: string, outcome: string][] = [
  ['metalink_with_alternates', '76 urls, 4 hashes'],
  ['metalink_bad_02', '0 urls, 0 hashes'],
  ['metalink_really_bad_01', 'names no repomd.xml'],
  ['metalink_really_bad_03', 'names no repomd.xml'],
]

/** What comes of it in words, a refusal's too. */
async function tell(read: () => Promise<string> | string): Promise<string> {
  try {
    return await read()
  } catch (error) {
    if (!isFault(error, 'repository_refused')) throw error
    return error.message
  }
}

describe.skipIf(!hasSamples)('a sample repository (skipped where the research samples are absent)', () => {
  it('is there in numbers', () => {
    expect(scenarios.length).toBeGreaterThan(30)
  })

  it.each(scenarios)('$name is read whole', async ({ folder }) => {
    const world = serveFolder(folder)
    const snapshot = await world.refreshed()

    expect(snapshot).toMatchObject({ gaps: [], verification: 'trusted-by-option' })
    expect(snapshot.warnings).toHaveLength(1)
    const stored = world.list()
    expect([...stored.names()].flatMap((name) => stored.find(name)).length).toBe(stored.packages)
  })

  it('of each kind is listed here', () => {
    expect(REPOSITORIES.map(([name]) => name)).toEqual(list('repodata').toSorted((a, b) => (a < b ? -1 : 1)))
  })

  it.each(REPOSITORIES)('%s is read or refused as it should be', async (name, outcome) => {
    const world = serveFolder(join(samples, 'repodata', name))
    const found = await world.refresh()
    const told =
      'reason' in found
        ? found.reason
        : `exactly ${found.snapshot.lists[0]?.packages} packages${found.snapshot.gaps.length === 0 ? '' : ' and a gap'}.`

    expect(told).toContain(outcome)
  })

  it.each(MODULES)('%s is read or refused as it should be', async (name, outcome) => {
    const told = tell(async () => {
      const scanner = openModulesScanner('modules.yaml')
      scanner.write(file('modules', name))
      const { streams, defaults } = await scanner.finish()
      const artifacts = streams.reduce((sum, stream) => sum + stream.artifacts.length, 0)
      return `${streams.length} streams, ${defaults.size} defaults, ${artifacts} artifacts`
    })
    expect(await told).toContain(outcome)
  })

  it.each(UPDATES)('%s is read or refused as it should be', async (name, outcome) => {
    const told = tell(async () => {
      let [advisories, packages] = [0, 0]
      const reader = openUpdateInfoReader('updateinfo.xml', (_, named) => {
        advisories += 1
        packages += named.length
      })
      const packed = file('updateinfo', name)
      const limits = { maxBytes: 1_000_000, url: 'updateinfo.xml' }
      await readXml(decompress(compressionOf(packed), packed, limits), reader, 'updateinfo.xml')
      return `${advisories} advisories, ${packages} packages`
    })
    expect(await told).toContain(outcome)
  })

  it.each(MALFORMED)('%s is read or refused as it should be', async (name, outcome) => {
    const told = tell(() => {
      const builder = openRpmListBuilder()
      const scanner = openPrimaryScanner('primary.xml', builder)
      scanner.write(file('repodata-malformed', `createrepo_c__tests__testdata__modified_repo_files__${name}`))
      scanner.finish()
      return `${builder.packages} packages`
    })
    expect(await told).toContain(outcome)
  })

  it('without a type in repomd.xml is passed over', () => {
    const name = 'createrepo_c__tests__testdata__modified_repo_files__missing_type-repomd.xml'
    expect(parseRepomd(file('repodata-malformed', name), 'repomd.xml')).toMatchObject({
      revision: '1334667230',
      primary: { sizeBytes: 782, openSizeBytes: 2085 },
    })
  })

  it.each(METALINKS)('%s is read or refused as it should be', async (name, outcome) => {
    const told = tell(() => {
      const { urls, hashes } = parseMetalink(
        file('metalink-mirrorlist', `librepo__tests__test_data__metalinks__${name}`),
        'm',
      )
      return `${urls.length} urls, ${hashes.length} hashes`
    })
    expect(await told).toContain(outcome)
  })

  it('means the same, sliced or parsed', { timeout: 60_000 }, async () => {
    const packed = file('repodata-large', 'primary-60000-synthetic.xml.zst')
    const pieces: Uint8Array[] = []
    for await (const piece of decompress('zst', packed, { maxBytes: 1_000_000_000, url: 'primary.xml' })) {
      pieces.push(piece)
      if (pieces.length === 24) break
    }
    const text = Buffer.concat(pieces)
    const end = text.lastIndexOf('</package>') + '</package>'.length
    const start = text.indexOf('<package ')
    const xml = Buffer.concat([Buffer.from('<metadata>'), text.subarray(start, end), Buffer.from('</metadata>')])
    const parsed = readPrimary(xml, 'always', 100_000)

    expect(parsed.length).toBeGreaterThan(1000)
    expect(readPrimary(xml, 'where-unusual', 100_000)).toEqual(parsed)
    expect(readPrimary(xml, 'where-unusual', 3333)).toEqual(parsed)
  })

  it('of 60,000 packages is read whole', { timeout: 120_000 }, async () => {
    const packed = file('repodata-large', 'primary-60000-synthetic.xml.zst')
    const builder = openRpmListBuilder()
    const scanner = openPrimaryScanner('primary.xml', builder)
    const limits = { maxBytes: 1_000_000_000, url: 'primary.xml' }
    for await (const piece of decompress('zst', packed, limits)) scanner.write(piece)
    scanner.finish()

    expect(builder.packages).toBe(55_963)
    expect(openRpmList(builder.finish()).find('autoyast2')).toMatchObject([
      { version: '2.16.19', architecture: 'noarch' },
    ])
  })
})
