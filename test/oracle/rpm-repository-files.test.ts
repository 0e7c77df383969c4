import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readRpmEvidence } from '#shared/domain/packaging/rpm/evidence/read-evidence.ts'
import { rpmListing, rpmMachine } from '#test/support/rpm-evidence.ts'
import { makeRepositoryFile } from '#test/support/rpm-repository-files/make-file.ts'
import { PYTHON } from '#test/support/rpm-world/real-dnf.ts'
import { repositoryRoot } from '#test/support/samples.ts'
import { openRandom } from '#test/support/apt-world/random.ts'
import { isCi, requireTool } from '#test/support/tools.ts'

const noDnf = requireTool('dnf', 'python3')
const noZypper = requireTool('zypper')
const seed = Number(process.env['LAZARET_SEED_NUMBER'] ?? 20_261_125)
const folder = mkdtempSync(join(tmpdir(), 'lazaret-repositories-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const Repository = z.object({
  id: z.string(),
  addresses: z.array(z.string()),
  mirrors: z.string(),
  excludes: z.array(z.string()),
  includes: z.array(z.string()),
  priority: z.number(),
  cost: z.number(),
  skips: z.boolean(),
  hotfixes: z.boolean(),
})
const Answer = z.object({ excludes: z.array(z.string()), best: z.boolean(), repositories: z.array(Repository) })
type Answer = z.infer<typeof Answer>

interface Files {
  readonly root: string
  readonly main: string
  readonly repositories: string
}

describe.skipIf(noDnf !== '')(`repository files as the real dnf reads them, seed ${seed}${noDnf}`, () => {
  it('enable the same repositories with the same settings', () => {
    const all = makeFiles('dnf', isCi() ? 2000 : 300)
    const theirs = askDnf(all)
    const different = all.flatMap((files, index) => {
      const { answer, problems } = askOurs(files)
      const expected = plain(theirs[index])
      // What is no address at all is left out here, and said.
      const found = problems.some((problem) => problem.includes('cannot be read')) ? withoutOdd(answer) : answer
      const wanted = problems.some((problem) => problem.includes('cannot be read')) ? withoutOdd(expected) : expected
      return JSON.stringify(plain(found)) === JSON.stringify(wanted) ? [] : [{ files, found, wanted }]
    })

    expect(theirs.flatMap(({ repositories }) => repositories).length).toBeGreaterThan(all.length / 2)
    expect(different).toEqual([])
  })
})

describe.skipIf(noZypper !== '')(`repository files as the real zypper reads them, seed ${seed}${noZypper}`, () => {
  it('enable the same repositories, or are refused', () => {
    const different = makeFiles('zypper', isCi() ? 150 : 25).flatMap((files) => {
      const theirs = askZypper(files)
      const { policy, problems } = readRpmEvidence(
        rpmMachine({
          'lazaret/rpm-packages': rpmListing(['zypper 1.14.42-1']),
          'etc/zypp/repos.d/x.repo': files.repositories,
        }),
      )
      const ours = policy.repositories.map(({ section, priority }) => ({ id: section, priority }))
      // zypper gives up on a file for one address that is none; here that makes the answer unknown.
      const isSame = theirs === null ? problems.length > 0 : JSON.stringify(theirs) === JSON.stringify(ours)
      return isSame ? [] : [{ files, theirs, ours, problems }]
    })
    expect(different).toEqual([])
  }, 120_000)
})

function makeFiles(kind: string, count: number): Files[] {
  const random = openRandom(`${seed}/${kind}`)
  return Array.from({ length: count }, (_, index) => {
    const root = join(folder, `${kind}${index}`)
    const main = `[main]\nbest=${random.pick(['1', 'no', 'x', ''])}\nexclude=${random.pick(['a b', ',c', ''])}\nexcludepkgs=d\n`
    const repositories = makeRepositoryFile(random)
    const place = kind === 'zypper' ? 'etc/zypp/repos.d' : 'etc/yum.repos.d'
    for (const path of [place, 'etc/dnf']) mkdirSync(join(root, path), { recursive: true })
    writeFileSync(join(root, place, 'x.repo'), repositories)
    writeFileSync(join(root, 'etc/dnf/dnf.conf'), main)
    return { root, main, repositories }
  })
}

function askDnf(all: readonly Files[]): Answer[] {
  const script = join(repositoryRoot, 'test/support/rpm-repository-files/ask-dnf.py')
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, LC_ALL: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '1' }
  const input = all.map(({ root }) => `${root}\n`).join('')
  const { stdout, stderr } = spawnSync(PYTHON, [script], { input, env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  const lines = stdout.split('\n').filter((line) => line !== '')
  if (lines.length !== all.length) throw new Error(`dnf: ${stderr.slice(-2000)}`)
  return lines.map((line) => Answer.parse(JSON.parse(line)))
}

function askOurs({ main, repositories: text }: Files): { answer: Answer; problems: readonly string[] } {
  const { policy, repositories, problems } = readRpmEvidence(
    rpmMachine({ 'etc/yum.repos.d/rocky.repo': text, 'etc/dnf/dnf.conf': main, 'etc/dnf/vars/harbour': 'quay\n' }),
  )
  const byId = new Map(repositories.map((repository) => [repository.id, repository]))
  return {
    problems,
    answer: {
      excludes: [...policy.excludes],
      best: policy.best,
      repositories: policy.repositories.map((own) => ({
        id: own.section,
        addresses: [...(byId.get(own.repositoryId)?.baseUrls ?? [])],
        mirrors: byId.get(own.repositoryId)?.mirrorList ?? '',
        excludes: [...own.excludes],
        includes: [...own.includes],
        priority: own.priority,
        cost: own.cost,
        skips: own.skipIfUnavailable,
        hotfixes: own.moduleHotfixes,
      })),
    },
  }
}

/** dnf sorts by priority, and has an empty address where a list begins on the line below; a slash at the end changes nothing. */
function plain(answer: Answer | undefined): Answer {
  const repositories = (answer?.repositories ?? []).map((one) => ({
    ...one,
    addresses: one.addresses
      .filter((address) => address !== '')
      .map((address) => (address.endsWith('/') ? address : `${address}/`)),
  }))
  return { excludes: answer?.excludes ?? [], best: answer?.best ?? false, repositories: sortById(repositories) }
}

function withoutOdd(answer: Answer): Answer {
  const isAddress = (text: string) => /^http:\/\/[a-z]\.example\.org\/\S*$/.test(text)
  const repositories = answer.repositories.map((one) => ({
    ...one,
    addresses: one.addresses.filter(isAddress),
    mirrors: isAddress(one.mirrors) ? one.mirrors : '',
  }))
  return { ...answer, repositories: sortById(repositories) }
}

function sortById<One extends { readonly id: string }>(some: readonly One[]): One[] {
  return some.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/** null: it refuses the file. */
function askZypper({ root }: Files): { id: string; priority: number }[] | null {
  const settings = join(root, 'zypp.conf')
  writeFileSync(settings, '[main]\n')
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, LC_ALL: 'C', ZYPP_CONF: settings }
  const args = ['--root', root, '--non-interactive', '--xmlout', 'lr']
  const { status, stdout } = spawnSync('zypper', args, { env, encoding: 'utf8' })
  // 6: no repositories are defined.
  if (status !== 0 && status !== 6) return null
  const found = [...stdout.matchAll(/<repo ([^>]*)>/g)].map(
    ([, text = '']) =>
      new Map([...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value])),
  )
  const enabled = found.filter((attributes) => attributes.get('enabled') === '1')
  return sortById(
    enabled.map((attributes) => ({ id: attributes.get('alias') ?? '', priority: Number(attributes.get('priority')) })),
  )
}
