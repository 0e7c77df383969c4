import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { statusEntry } from './apt-evidence.ts'
import { openMisbehavingServer } from './misbehaving-server.ts'
import type { MisbehavingServer } from './misbehaving-server.ts'
import { makeArchive, makeArchiveKey, stanza } from './signed-archive.ts'
import type { ArchiveKey } from './signed-archive.ts'

/** What a person at a command line has: folders with systems in them, repositories on loopback, a configuration, a home. */
export interface CliWorld {
  readonly folder: string
  readonly data: string
  readonly config: string
  readonly archive: MisbehavingServer
  /** Nothing is read from or written to the home of whoever runs the test. */
  readonly env: Readonly<Record<string, string>>
  /**
   * A folder with a Debian 12 system that has these packages (`name version`), and these sources: `main` offers hello 2.0, `security`
   * offers openssl 2.0, `gone` does not answer.
   */
  makeRoot(name: string, packages: readonly string[], sources?: readonly Source[]): Promise<string>
  close(): Promise<void>
}

export type Source = 'main' | 'security' | 'gone'

export async function cliWorld(): Promise<CliWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'lazaret-cli-'))
  const archive = await openMisbehavingServer()
  const key = await makeArchiveKey()
  await publish(archive, key, { folder: 'main', suite: 'stable', offer: { Package: 'hello', Version: '2.0' } })
  await publish(archive, key, {
    folder: 'security',
    suite: 'stable-security',
    offer: { Package: 'openssl', Version: '2.0' },
  })
  const home = join(folder, 'home')
  await mkdir(home)
  const config = join(folder, 'lazaret.yaml')
  await writeFile(config, `internalHosts: ["${archive.host}"]\n`)
  const lines: Record<Source, string> = {
    main: `${archive.origin}/main stable main`,
    security: `${archive.origin}/security stable-security main`,
    gone: `${archive.origin}/gone stable main`,
  }
  return {
    folder,
    data: join(folder, 'data'),
    config,
    archive,
    env: { HOME: home, XDG_CACHE_HOME: join(home, '.cache'), XDG_DATA_HOME: join(home, '.local', 'share') },
    makeRoot: async (name, packages, sources = ['main', 'security']) => {
      const root = join(folder, name)
      const entries = packages.map((told) => {
        const [packageName = '', version = ''] = told.split(' ')
        return statusEntry({ Package: packageName, Version: version })
      })
      await writeFiles(root, {
        'var/lib/dpkg/status': entries.join(''),
        'var/lib/dpkg/arch': 'amd64\n',
        'etc/os-release': 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n',
        'etc/hostname': `${name}\n`,
        'etc/apt/keyrings/test.gpg': key.keyring,
        'etc/apt/sources.list': sources
          .map((source) => `deb [arch=amd64 signed-by=/etc/apt/keyrings/test.gpg] ${lines[source]}\n`)
          .join(''),
      })
      return root
    },
    close: async () => {
      await archive.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function publish(
  archive: MisbehavingServer,
  key: ArchiveKey,
  told: { folder: string; suite: string; offer: Readonly<Record<string, string>> },
): Promise<void> {
  const made = await makeArchive({
    suite: told.suite,
    codename: told.suite,
    indexes: { 'main/amd64': stanza(told.offer) },
    date: new Date(Date.now() - 3_600_000),
    keys: [key],
    signedAt: new Date(),
  })
  for (const [path, body] of made.files) {
    archive.set(`/${told.folder}/dists/${told.suite}/${path}`, { kind: 'serve', body })
  }
}

async function writeFiles(root: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
}
