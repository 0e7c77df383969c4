import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { z } from 'zod'

import { run, runOrThrow, type RunResult } from '../apt-world/run.ts'
import { repositoryRoot } from '../samples.ts'
import { openLineWorker } from './line-worker.ts'

/** `name, architecture, [epoch:]version-release, repository` */
const Listed = z.tuple([z.string(), z.string(), z.string(), z.string()])
const Pair = z.tuple([z.string(), z.string(), z.string(), z.string(), z.string(), z.string(), z.string(), z.string()])

const Answer = z.object({
  updates: z.array(Listed),
  /** Also where `obsoletes=False` keeps them from being shown: an upgrade run takes them all the same. */
  obsoletes: z.array(Pair),
  showsObsoletes: z.boolean(),
  /** id, dnf's number of the type, name, architecture, evr */
  advisories: z.array(z.tuple([z.string(), z.number(), z.string(), z.string(), z.string()])),
  security: z.array(Listed),
  /** What `upgrade --nobest` brings in, and whose place that takes; absent where it failed. */
  run: z.array(Listed).optional(),
  runReplaces: z.array(Listed).optional(),
  runFailed: z.string().optional(),
  best: z.array(Listed).optional(),
  bestReplaces: z.array(Listed).optional(),
  bestFailed: z.string().optional(),
})
export type DnfAnswer = z.infer<typeof Answer>

/** The real dnf in one process that answers for one root after the other. */
export interface RealDnf {
  /** @throws Error with what dnf said where it gives no answer */
  ask(root: string, options: readonly string[]): Promise<DnfAnswer>
  close(): Promise<void>
}

/** Debian's own python: another one does not see Debian's modules. */
export const PYTHON = '/usr/bin/python3'

/** Starts it. */
export function openRealDnf(world: DnfWorld): RealDnf {
  const script = join(repositoryRoot, 'test/support/rpm-world/ask-dnf.py')
  const worker = openLineWorker(PYTHON, [script], environment(world))
  return {
    ask: async (root, options) => {
      const answer = await worker.ask({ root, options })
      const parsed = Answer.safeParse(answer)
      if (!parsed.success) throw new Error(`dnf: ${JSON.stringify(answer).slice(0, 1000)}`)
      return parsed.data
    },
    close: () => worker.close(),
  }
}

/** The arguments that keep dnf inside a root of these tests and make it ask the proxy. */
export function dnfOptions(root: string, options: { cache: string; proxyUrl: string; lock: VersionLock }): string[] {
  const settings = [
    `cachedir=${options.cache}`,
    `proxy=${options.proxyUrl}`,
    `pluginpath=${options.lock.plugins}`,
    `pluginconfpath=${join(root, 'etc/dnf/plugins')}`,
    'retries=1',
  ]
  return settings.map((setting) => `--setopt=${setting}`)
}

/** dnf as a person calls it; resolves to what it said. */
export async function callDnf(root: string, args: readonly string[], world: DnfWorld): Promise<RunResult> {
  return run('dnf', [`--installroot=${root}`, '--quiet', ...args], { env: environment(world) })
}

export interface DnfWorld {
  readonly lock: VersionLock
  /** A folder of the test's own. */
  readonly home: string
}

/** Debian keeps rpm's database in the user's home; these roots have it where every other distribution has it. */
function environment({ lock, home }: DnfWorld): { HOME: string; PYTHONPATH: string } {
  return { HOME: makeHome(home), PYTHONPATH: lock.pythonPath }
}

/** A home for dnf and rpm, with the settings that say where the database is. */
export function makeHome(folder: string): string {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, '.rpmmacros'), '%_dbpath /var/lib/rpm\n')
  return folder
}

/** Where dnf finds its versionlock plugin, and python what the plugin imports. */
export interface VersionLock {
  readonly plugins: string
  readonly pythonPath: string
}

const MODULES = '/usr/lib/python3/dist-packages'

/** The system's plugin, or, where Debian's package of it cannot be installed beside zypper, that package unpacked below `folder`. */
export async function provideVersionLock(folder: string): Promise<VersionLock> {
  if (existsSync(join(MODULES, 'dnf-plugins/versionlock.py')))
    return { plugins: join(MODULES, 'dnf-plugins'), pythonPath: MODULES }

  const plugins = join(folder, 'plugins')
  mkdirSync(plugins, { recursive: true })
  await runOrThrow('apt-get', ['-o', 'APT::Sandbox::User=root', 'download', 'dnf-plugins-core'], { cwd: folder })
  await runOrThrow('sh', ['-c', 'dpkg-deb -x dnf-plugins-core_*.deb .'], { cwd: folder })
  const pythonPath = join(folder, MODULES)
  await runOrThrow('cp', [join(pythonPath, 'dnf-plugins/versionlock.py'), plugins])
  return { plugins, pythonPath }
}
