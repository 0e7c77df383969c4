import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer as createTlsServer } from 'node:https'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readEvidenceArchive } from '#shared/domain/evidence-archive.ts'
import { CANARY, MACHINE_FILES, PUBLIC_KEY, writeMachine } from '#test/support/fixture-machine.ts'
import {
  IMPORTER,
  listenOn,
  makeWorld,
  openStationDouble,
  recordTo,
  runCommand,
  runImporter,
  type Posted,
  type World,
} from '#test/support/run-importer.ts'
import { chunksOf } from '#test/support/tar-builder.ts'
import { requireTool } from '#test/support/tools.ts'

const TOKEN = 'lzt_T0ken-of-a-test'
const OK = { status: 200, type: 'text/plain', body: 'web-1.example: 1 package, checking\n' }

let folder = ''
let root = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lazaret importer '))
  root = join(folder, 'the machine')
  await writeMachine(root)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const missing = requireTool('dash', 'busybox', 'curl', 'wget', 'tar', 'gzip')

describe.skipIf(missing !== '').each(['dash', 'busybox sh'])(`the importer under %s${missing}`, (shell) => {
  const basics = shell === 'dash' ? ('system' as const) : ('busybox' as const)

  /** What `--print` gives of the fixture machine, texts by path. */
  async function printed(of = root) {
    const { path } = await makeWorld(await mkdtemp(join(folder, 'w')), { basics, client: 'none' })
    await mkdir(join(folder, 'tmp'), { recursive: true })
    const env = { PATH: path, TMPDIR: join(folder, 'tmp') }
    const ran = await runImporter(shell, ['--root', of, '--print'], { env })
    expect(ran.code).toBe(0)
    const { evidence } = await readEvidenceArchive(chunksOf(ran.stdout), () => true)
    return { ran, files: new Map([...evidence.files].map(([name, bytes]) => [name, Buffer.from(bytes).toString()])) }
  }

  async function send(client: World['client'], args: readonly string[], env: Record<string, string> = {}) {
    const { path, calls } = await makeWorld(await mkdtemp(join(folder, 'w')), { basics, client })
    const ran = await runImporter(shell, ['--root', root, ...args], {
      env: { PATH: path, LAZARET_TOKEN: TOKEN, ...env },
    })
    return { ...ran, calls: await readFile(calls, 'utf8').catch(() => '') }
  }

  it('collects what apt and dpkg read, and nothing else', async () => {
    const { files } = await printed()
    expect([...files.keys()].toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      'etc/apt/apt.conf.d/80proxy',
      'etc/apt/keyrings/good.asc',
      'etc/apt/mirrors/list.txt',
      'etc/apt/preferences.d/pin',
      'etc/apt/sources.list',
      'etc/apt/sources.list.d/with blank.sources',
      'etc/debian_version',
      'etc/machine-id',
      'etc/os-release',
      'lazaret/importer',
      'lazaret/omitted',
      'opt/keys/one.asc',
      'usr/share/keyrings/three.asc',
      'var/lib/dpkg/arch',
      'var/lib/dpkg/status',
    ])
    expect(files.get('var/lib/dpkg/status')).toBe(MACHINE_FILES['var/lib/dpkg/status'])
    expect(files.get('opt/keys/one.asc')).toBe(PUBLIC_KEY)
    expect(files.get('etc/apt/preferences.d/pin')).toBe(MACHINE_FILES['etc/apt/preferences.d/pin'])
  })

  it('sends no secret, and cuts nothing but user, password and query out of addresses', async () => {
    const { path } = await makeWorld(await mkdtemp(join(folder, 'w')), { basics, client: 'none' })
    const { stdout } = await runImporter(shell, ['--root', root, '--print'], { env: { PATH: path } })
    const plain = execFileSync('gzip', ['-dc'], { input: stdout })
    expect(plain.includes('var/lib/dpkg/status')).toBe(true)
    expect(plain.includes(CANARY)).toBe(false)

    const { files } = await printed()
    for (const name of ['etc/apt/sources.list', 'etc/apt/apt.conf.d/80proxy', 'etc/apt/mirrors/list.txt'])
      expect(files.get(name)).toBe(uncut(name))
  })

  it('tells the station what is there but was not sent', async () => {
    const { files, ran } = await printed()
    expect(
      files
        .get('lazaret/omitted')
        ?.split('\n')
        .toSorted((a, b) => (a < b ? -1 : 1)),
    ).toEqual([
      '',
      'etc/apt/keyrings/private.asc\tholds a private key',
      'etc/apt/trusted.gpg.d/secret.gpg\tholds a private key',
      'etc/shadow\tnamed as a key, but holds none',
      'opt/keys/two.asc\tholds a private key',
    ])
    expect(ran.stderr).toContain('note: /etc/apt/keyrings/private.asc is not sent: holds a private key.')
  })

  it('follows links inside the root only', async () => {
    const outside = join(folder, 'outside')
    await writeMachine(outside, { 'a.list': CANARY, status: CANARY, 'd/x.list': CANARY, 'k.asc': PUBLIC_KEY })
    await writeMachine(join(folder, 'elsewhere'), { 'key.asc': `${PUBLIC_KEY}${CANARY}` })
    const hostile = join(folder, 'hostile')
    await writeMachine(
      hostile,
      {
        'var/lib/dpkg/status': 'Package: a\n',
        'usr/lib/os-release': 'ID=inside\n',
        'data/b.list': 'deb http://mirror.example.org/b ./\n',
        'etc/apt/sources.list': 'deb [signed-by=/../../escaped/k.asc] http://mirror.example.org/ ./\n',
        'escaped/k.asc': `${PUBLIC_KEY}${CANARY}`,
        'lazaret/architecture': `${PUBLIC_KEY}${CANARY}`,
        'etc/apt/sources.list.d/own.list': 'deb [signed-by=/lazaret/architecture] http://mirror.example.org/ ./\n',
      },
      {
        'etc/os-release': '../usr/lib/os-release',
        'etc/apt/sources.list.d/absolute.list': join(outside, 'a.list'),
        'etc/apt/sources.list.d/climbing.list': '../../../../outside/a.list',
        'etc/apt/sources.list.d/inside.list': '/data/b.list',
        'etc/apt/sources.list.d/circle.list': 'circle.list',
        'etc/apt/preferences.d': join(outside, 'd'),
        'etc/apt/trusted.gpg.d': '../../../elsewhere',
      },
    )
    const { files } = await printed(hostile)
    expect([...files.values()].join('')).not.toContain(CANARY)
    expect(files.get('etc/os-release')).toBe('ID=inside\n')
    expect(files.get('etc/apt/sources.list.d/inside.list')).toContain('/b ./')
    expect([...files.keys()].filter((path) => /absolute|climbing|circle|preferences|k\.asc/.test(path))).toEqual([])
    expect(await readdir(join(folder, 'tmp'))).toEqual([])
  })

  it.each(['curl', 'wget', 'busybox'] as const)('registers with %s and prints the answer', async (client) => {
    const station = await openStationDouble(OK)
    try {
      const ran = await send(client, ['--station', `http://127.0.0.1:${station.port}/`])
      expect(ran.stderr).not.toContain('lazaret-importer:')
      expect(ran).toMatchObject({ code: 0 })
      expect(ran.stdout.toString()).toBe(OK.body)
      const request = station.posted[0]
      expect(station.posted).toHaveLength(1)
      expect(request?.method).toBe('PUT')
      expect(request?.url).toBe('/v1/machines/web-1.example/evidence')
      expect(request?.headers).toMatchObject({
        authorization: `Bearer ${TOKEN}`,
        'content-type': 'application/gzip',
        accept: 'text/plain',
      })
      const { evidence } = await readEvidenceArchive(chunksOf(request?.body ?? Buffer.alloc(0)), () => true)
      expect(evidence.files.has('var/lib/dpkg/status')).toBe(true)
    } finally {
      await station.close()
    }
  })

  it.each(['curl', 'wget'] as const)(
    'shows the token neither in the arguments nor in the environment of %s',
    async (client) => {
      const station = await openStationDouble(OK)
      try {
        const ran = await send(client, ['--station', `http://127.0.0.1:${station.port}`])
        expect(ran.code).toBe(0)
        expect(station.posted[0]?.headers.authorization).toContain(TOKEN)
        expect(ran.calls).toContain('/evidence')
        expect(ran.calls).not.toContain(TOKEN)
      } finally {
        await station.close()
      }
    },
  )

  it.each([
    [401, 5, 'does not know this token'],
    [403, 5, 'may not register "web-1.example"'],
    [404, 1, 'no Lazaret station at'],
    [413, 1, 'too large'],
    [422, 1, 'refuses the evidence'],
    [429, 1, 'fewer registrations'],
    [503, 1, 'trouble of its own (503)'],
    [307, 1, 'redirect (307)'],
  ])('says in a sentence of its own why it failed: %i', async (status, code, sentence) => {
    const body = JSON.stringify({ title: 'x', detail: 'the "station" says\u001b[2J so', status })
    const station = await openStationDouble({ status, type: 'application/problem+json', body })
    try {
      for (const client of ['curl', 'wget', 'busybox'] as const) {
        const ran = await send(client, ['--station', `http://127.0.0.1:${station.port}`])
        expect(ran.stderr).toContain(sentence)
        // wget keeps no body of these two, whatever it is told.
        const isLost = client === 'wget' && (status === 401 || status === 307)
        expect(ran.stderr).toContain(isLost ? sentence : 'the "station" says')
        expect(ran.stderr).not.toContain('\u001b')
        expect(ran.code).toBe(code)
        expect(ran.stdout.length).toBe(0)
      }
    } finally {
      await station.close()
    }
  })

  it.each(['curl', 'wget', 'busybox'] as const)(
    'tells a station that is away from one that has no name: %s',
    async (client) => {
      const away = await openStationDouble(OK)
      await away.close()
      const refused = await send(client, ['--station', `http://127.0.0.1:${away.port}`])
      expect(refused).toMatchObject({ code: 6 })
      expect(refused.stderr).toContain('nothing answers there')
      const nameless = await send(client, ['--station', 'http://no-such-host.invalid'])
      expect(nameless).toMatchObject({ code: 6 })
      expect(nameless.stderr).toContain('its name cannot be found (DNS)')
    },
  )

  const noOpenssl = requireTool('openssl')
  it.skipIf(noOpenssl !== '').each(['curl', 'wget'] as const)(
    `trusts a certificate only when told to: %s${noOpenssl}`,
    async (client) => {
      const [key, ca] = [join(folder, 'key.pem'), join(folder, 'ca.pem')]
      const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2']
      execFileSync(
        'openssl',
        [
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:P-256',
          '-nodes',
          '-keyout',
          key,
          '-out',
          ca,
          ...subject,
        ],
        { stdio: 'ignore' },
      )
      const posted: Posted[] = []
      const server = createTlsServer({ key: await readFile(key), cert: await readFile(ca) }, recordTo(posted, OK))
      const { port, close } = await listenOn(server)
      try {
        const blind = await send(client, ['--station', `https://127.0.0.1:${port}`])
        expect(blind).toMatchObject({ code: 6 })
        expect(blind.stderr).toContain('could not be trusted')
        expect(blind.stderr).toContain('--ca FILE')
        expect(blind.stderr).not.toMatch(/-k|insecure|no-check/)
        expect(posted).toEqual([])
        const told = await send(client, ['--station', `https://127.0.0.1:${port}`, '--ca', ca])
        expect(told.stderr).toBe(told.stderr.replace('lazaret-importer:', ''))
        expect(told.code).toBe(0)
      } finally {
        await close()
      }
    },
  )

  it('sends no token over a connection that busybox cannot check', async () => {
    const ran = await send('busybox', ['--station', 'https://127.0.0.1:9'])
    expect(ran).toMatchObject({ code: 1 })
    expect(ran.stderr).toContain('no program here that checks certificates')
  })

  it('says what is missing when there is neither curl nor wget', async () => {
    // Some busybox shells bring their own nc, whatever the PATH says; then only the station is missing.
    const own = await runCommand(shell, 'command -v nc', '/nowhere')
    const [code, sentence] = own === 0 ? [6, 'nothing answers there'] : [1, 'neither curl nor wget is here']
    const ran = await send('none', ['--station', 'http://127.0.0.1:9'])
    expect(ran.stderr).toContain(sentence)
    expect(ran.code).toBe(code)
  })

  it.each([
    [['--station'], '--station needs a value'],
    [['--frobnicate'], 'there is no option --frobnicate'],
    [[], 'which station?'],
    [['--station', 'ftp://a'], 'http:// or https://'],
    [['--station', 'http://u:p@a'], 'no user and password'],
    [['--station', 'http://a b'], 'does not belong there'],
    [['--station', 'http://a', '--token', 'a b'], 'a character that no token has'],
    [['--station', 'http://a', '--name', '..'], 'is no name'],
    [['--station', 'http://a', '--name', 'n'.repeat(10_000)], 'at most 253'],
    [['--root', '/no/such/folder'], 'is not there'],
    [['--prefix', '/a b'], 'letters, digits'],
  ])('refuses %j as wrong usage', async (args, sentence) => {
    const ran = await send('none', args)
    expect(ran.stderr).toContain(sentence)
    expect(ran.code).toBe(2)
  })

  it('says that it needs a token when there is none', async () => {
    const ran = await send('none', ['--station', 'http://a'], { LAZARET_TOKEN: '' })
    expect(ran).toMatchObject({ code: 2 })
    expect(ran.stderr).toContain('there is no token')
  })

  it('percent-encodes a name byte by byte', async () => {
    const station = await openStationDouble(OK)
    try {
      const ran = await send('curl', ['--station', `http://127.0.0.1:${station.port}`, '--name', 'A/b ü?#%'])
      expect(ran.code).toBe(0)
      expect(station.posted[0]?.url).toBe('/v1/machines/a%2Fb%20%C3%BC%3F%23%25/evidence')
    } finally {
      await station.close()
    }
  })

  it('refuses a folder without a package database', async () => {
    await rm(join(root, 'var'), { recursive: true })
    const ran = await send('none', ['--print'])
    expect(ran).toMatchObject({ code: 1 })
    expect(ran.stderr).toContain('no package database')
    expect(ran.stdout.length).toBe(0)
  })

  it('leaves nothing behind in the temporary folder', async () => {
    const temporary = await mkdtemp(join(folder, 'tmp'))
    const ran = await send('none', ['--print'], { TMPDIR: temporary })
    expect(ran.code).toBe(0)
    expect(await readdir(temporary)).toEqual([])
  })

  it('does nothing when the script arrives cut', async () => {
    const script = await readFile(IMPORTER, 'utf8')
    const ran = await runImporter(shell, ['--root', root, '--print'], { stdin: script.slice(0, script.length - 12) })
    expect(ran.stdout.length).toBe(0)
  })

  it('installs itself into a root, runs from what it installed, and leaves no residue', async () => {
    const station = await openStationDouble(OK)
    const target = join(folder, 'target')
    await writeMachine(target, { 'etc/apt/apt.conf.d/70debconf': '', 'var/lib/dpkg/status': 'Package: a\n' })
    const before = await treeOf(target)
    try {
      const at = ['--root', target]
      const url = `http://127.0.0.1:${station.port}`
      const run = (args: readonly string[]) =>
        runImporter(shell, [...at, ...args], { env: { PATH: process.env['PATH'] ?? '', LAZARET_TOKEN: TOKEN } })
      expect(await run(['--station', url, '--name', 'img-1', '--install'])).toMatchObject({ code: 0 })
      expect(station.posted).toEqual([])

      const conf = join(target, 'etc/lazaret/importer.conf')
      expect(await readFile(conf, 'utf8')).toBe(`station=${url}\ntoken=${TOKEN}\nname=img-1\n`)
      expect((await stat(conf)).mode & 0o777).toBe(0o600)
      const installed = join(target, 'usr/local/sbin/lazaret-importer')
      expect(await readFile(installed, 'utf8')).toBe(await readFile(IMPORTER, 'utf8'))
      expect((await stat(installed)).mode & 0o777).toBe(0o755)
      expect((await stat(dirname(installed))).mode & 0o777).toBe(0o755)
      expect(await readFile(join(target, 'etc/apt/apt.conf.d/99lazaret-importer'), 'utf8')).toContain(
        'DPkg::Post-Invoke',
      )
      const others = (await treeOf(target)).filter((path) => !before.includes(path)).join('\n')
      expect(others).toContain('timers.target.wants/lazaret-importer.timer')
      for (const other of others.split('\n').filter((path) => !path.endsWith('importer.conf')))
        expect(await readFile(join(target, other), 'utf8').catch(() => '')).not.toContain(TOKEN)

      const again = await runImporter(shell, [...at, '--config', conf, '--name', 'img-1'])
      expect(again.code).toBe(0)
      expect(station.posted[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`)

      expect(await run(['--uninstall'])).toMatchObject({ code: 0 })
      expect((await treeOf(target)).filter((path) => !before.includes(path))).toEqual([
        'etc/systemd',
        'etc/systemd/system',
        'etc/systemd/system/timers.target.wants',
        'usr',
        'usr/local',
        'usr/local/sbin',
      ])
    } finally {
      await station.close()
    }
  })

  it('installs from the station what came through a pipe', async () => {
    const station = await openStationDouble({ status: 200, type: 'text/plain', body: await readFile(IMPORTER, 'utf8') })
    try {
      const args = ['--root', root, '--station', `http://127.0.0.1:${station.port}`, '--install']
      const options = {
        stdin: await readFile(IMPORTER, 'utf8'),
        env: { PATH: process.env['PATH'] ?? '', LAZARET_TOKEN: TOKEN },
      }
      expect(await runImporter(shell, args, options)).toMatchObject({ code: 0 })
      expect(station.posted.map(({ url }) => url)).toEqual(['/importer.sh'])
      expect(station.posted[0]?.headers.authorization).toBeUndefined()
      expect(await readFile(join(root, 'usr/local/sbin/lazaret-importer'), 'utf8')).toBe(
        await readFile(IMPORTER, 'utf8'),
      )

      station.answer.body = station.answer.body.slice(0, 4000)
      const cut = await runImporter(shell, args, options)
      expect(cut).toMatchObject({ code: 1 })
      expect(cut.stderr).toContain('not the importer, or not all of it')
    } finally {
      await station.close()
    }
  })

  it('returns from the apt hook at once, and registers in the background', async () => {
    const station = await openStationDouble(OK)
    try {
      const config = join(folder, 'importer.conf')
      await writeFile(config, `station=http://127.0.0.1:${station.port}\ntoken=${TOKEN}\nname=hooked\n`)
      const ran = await runImporter(shell, ['--hook', '--config', config])
      expect(ran).toMatchObject({ code: 0, stderr: '' })
      await vi.waitFor(
        () => expect(station.posted.map(({ url }) => url)).toEqual(['/v1/machines/hooked/evidence']),
        20_000,
      )
    } finally {
      await station.close()
    }
  })

  it('never fails the apt hook, whatever is wrong', async () => {
    const ran = await runImporter(shell, ['--hook', '--config', '/no/such/file'], { env: { PATH: '/nowhere' } })
    expect(ran).toMatchObject({ code: 0, stderr: '' })
  })

  it('never sends the token of one station to another', async () => {
    const config = join(folder, 'importer.conf')
    await writeFile(config, `station=http://127.0.0.1:9\ntoken=${TOKEN}\n`)
    const ran = await send('none', ['--config', config, '--station', 'http://127.0.0.1:10'], { LAZARET_TOKEN: '' })
    expect(ran).toMatchObject({ code: 2 })
    expect(ran.stderr).toContain('there is no token')
  })
})

/** A file of the fixture machine as it is when only user and password are cut. */
function uncut(path: string): string {
  return String(MACHINE_FILES[path])
    .replaceAll(/:\/\/\w+:c4nary-s3cret@(?:p@)?/g, '://')
    .replaceAll('?token=c4nary-s3cret', '')
}

/** Every path in a folder, sorted. */
async function treeOf(of: string): Promise<string[]> {
  const entries = await readdir(of, { recursive: true })
  return entries.toSorted((a, b) => (a < b ? -1 : 1))
}
