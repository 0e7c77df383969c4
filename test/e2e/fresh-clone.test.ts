import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readEvidenceFolder } from '#adapters/embedded/evidence-folder.ts'
import { readAptEvidence } from '#shared/domain/packaging/apt/evidence/read-evidence.ts'
import { listEvidencePaths } from '#shared/domain/packaging/index.ts'
import { askApt, layOutThisMachine, updateLists } from '#test/support/apt-world/real-apt.ts'
import { runProgram } from '#test/support/run-lazaret.ts'
import type { Ended } from '#test/support/run-lazaret.ts'
import { isCi, requireTool } from '#test/support/tools.ts'

const lacking = requireTool('git', 'npm', 'apt', 'apt-get', 'dpkg')
const REPOSITORY = join(import.meta.dirname, '..', '..')
const TOKEN = /^admin token \(shown once; also in \S+\/admin-token\): (lzt_\S+)$/m

describe.skipIf(lacking !== '')(`a fresh clone${lacking}`, () => {
  let folder: string
  let clone: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lazaret-clone-'))
    clone = join(folder, 'lazaret')
    const cloned = await runProgram('git', ['clone', '--quiet', '--no-hardlinks', REPOSITORY, clone])
    if (cloned.code !== 0) throw new Error(cloned.stderr)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('checks this very machine by one command, as its own apt does', async (context) => {
    const home = await makeHome('first')
    const started = await npm(['start', '--', '--once', '--listen', '127.0.0.1:0'], home)
    const root = { folder: join(folder, 'apt'), lists: join(folder, 'apt', 'lists') }
    layOutThisMachine(root)
    const said = await updateLists(root)
    const isComplete = said.startsWith('apt-get update ended with 0\n') && !/^[EW]: /m.test(said)
    if (!isComplete && !isCi()) context.skip(`the sources of this machine cannot be had: ${said.slice(-300)}`)
    const apt = await askApt(root, (await runProgram('dpkg', ['--print-architecture'])).stdout.trim())

    expect(started.stderr).toContain('Installing what is missing (npm ci)')
    expect({ code: started.code, stderr: started.stderr.includes('State:') }).toEqual({ code: 0, stderr: false })
    expect(readTable(started.stdout)).toEqual((apt.upgradable ?? []).map(withoutArchitecture).toSorted())
    expect(started.stdout).toMatch(/^State: (?:outdated|up to date)$/m)
    expect(started.stdout).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+$/m)
    const token = TOKEN.exec(started.stdout)?.[1] ?? ''
    expect(await readFile(join(home, '.local/share/lazaret/admin-token'), 'utf8')).toBe(`${token}\n`)

    const again = await npm(['start', '--', '--once', '--listen', '127.0.0.1:0'], home)
    expect(again.code).toBe(0)
    expect(again.stderr).not.toContain('Installing')
    expect(again.stdout).not.toContain('admin token')
    expect(readTable(again.stdout)).toEqual(readTable(started.stdout))

    // A while later, without a network: the same list, and not as if it were of now.
    const later = await offline(home, { LAZARET_VALIDITY_SECONDS: '1' })
    expect(later.code).toBe(0)
    expect(later.stdout).toMatch(/^State: stale /m)
    expect(readTable(later.stdout)).toEqual(readTable(started.stdout))
  })

  it('has the command, on the Node.js of the system', async () => {
    const home = await makeHome('command')
    const { version } = JSON.parse(await readFile(join(clone, 'package.json'), 'utf8')) as { version: string }
    const said = await runProgram('npx', ['lazaret', '--version'], { cwd: clone, env: environment(home) })
    expect(said).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
    const compared = await runProgram('npx', ['lazaret', 'compare', 'apt', '1', '2'], {
      cwd: clone,
      env: environment(home),
    })
    expect(compared).toEqual({ code: 0, stdout: '<\n', stderr: '' })
  })

  it('calls this machine unknown, and says which repositories could not be had, where none can be reached', async () => {
    const repositories = await ownRepositories()
    expect(repositories.length).toBeGreaterThan(0)

    const started = await offline(await makeHome('offline'), {})
    expect(started.code).toBe(0)
    for (const { title } of repositories) expect(started.stdout).toContain(`unknown: ${title}: never fetched`)
    expect(started.stdout).toMatch(/^State: unknown /m)
    expect(started.stdout).not.toContain('up to date')
    expect(started.stdout).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+$/m)
  })

  async function makeHome(name: string): Promise<string> {
    const home = join(folder, name)
    await mkdir(home)
    return home
  }

  /** The first command, with every repository of this machine led to a port where nobody listens. */
  async function offline(home: string, more: Record<string, string>): Promise<Ended> {
    const places = new Set((await ownRepositories()).map(({ uri }) => uri))
    const mirrors = [...places].map((from) => ({ from, to: 'http://127.0.0.1:9/' }))
    const env = { ...environment(home), LAZARET_MIRRORS: JSON.stringify(mirrors), ...more }
    return runProgram('npm', ['start', '--', '--once', '--listen', '127.0.0.1:0'], { cwd: clone, env })
  }

  function npm(args: readonly string[], home: string): Promise<Ended> {
    return runProgram('npm', args, { cwd: clone, env: environment(home) })
  }
})

async function ownRepositories() {
  const { evidence } = await readEvidenceFolder('/', listEvidencePaths())
  return readAptEvidence(evidence).repositories.filter(({ unreachable }) => unreachable === null)
}

/** A new user's: the system's own Node.js, an empty home. What npm has downloaded before it need not download again. */
function environment(home: string): Record<string, string> {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((entry) => !entry.includes('node_modules'))
  return {
    HOME: home,
    XDG_CACHE_HOME: join(home, '.cache'),
    XDG_DATA_HOME: join(home, '.local', 'share'),
    PATH: path.filter((entry) => !entry.startsWith(REPOSITORY)).join(delimiter),
    npm_config_cache: process.env['npm_config_cache'] ?? join(homedir(), '.npm'),
    npm_config_userconfig: process.env['npm_config_userconfig'] ?? join(homedir(), '.npmrc'),
    npm_config_prefer_offline: 'true',
    npm_config_update_notifier: 'false',
  }
}

/** `name installed candidate` for each row of the printed table. */
function readTable(text: string): string[] {
  const rows: string[] = []
  for (const line of text.split('\n')) {
    const row = /^(\S+) +(\S+) +→ (\S+) /.exec(line)
    if (row !== null) rows.push(`${row[1]?.split(':')[0]} ${row[2]} ${row[3]}`)
  }
  return rows.toSorted()
}

/** `name:architecture installed candidate` without the architecture. */
function withoutArchitecture(entry: string): string {
  return entry.replace(/:\S+/, '')
}
