import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { layOutSystem, runInside, writeProgram } from '#test/support/chroot-system.ts'
import { writeMachine } from '#test/support/fixture-machine.ts'
import { runImporter } from '#test/support/run-importer.ts'
import { requireTool } from '#test/support/tools.ts'

const STATION = ['--station', 'http://127.0.0.1:9', '--name', 'hooked']
const DNF = 'etc/dnf/plugins/post-transaction-actions.d/lazaret-importer.action'
const DNF5 = 'etc/dnf/libdnf5-plugins/actions.d/lazaret-importer.actions'
const ZYPPER = 'usr/lib/zypp/plugins/commit/lazaret-importer'
const APT = 'etc/apt/apt.conf.d/99lazaret-importer'
const missing = requireTool('dash', 'busybox')

let folder = ''
let root = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lazaret hooks '))
  root = join(folder, 'root')
  await mkdir(root)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe.skipIf(missing !== '').each(['dash', 'busybox sh'])(
  `the hooks of the importer under %s${missing}`,
  (shell) => {
    async function importer(...args: readonly string[]) {
      const env = { PATH: process.env['PATH'] ?? '', LAZARET_TOKEN: 'lzt_T0ken' }
      const ran = await runImporter(shell, ['--root', root, ...args], { env })
      expect(ran).toMatchObject({ code: 0 })
      return ran
    }

    it('are put in place for each tool that is there, and for no other', async () => {
      const tools: readonly [string, string, string][] = [
        ['etc/apt/apt.conf.d/70debconf', APT, 'a hook of apt'],
        ['etc/dnf/plugins/x.conf', DNF, 'a hook of dnf'],
        ['usr/bin/dnf5', DNF5, 'a hook of dnf5'],
        ['usr/bin/zypper', ZYPPER, 'a hook of zypper'],
      ]
      for (const [tool, hook, words] of tools) {
        await rm(root, { recursive: true })
        await writeMachine(root, { [tool]: '' })
        const { stderr } = await importer(...STATION, '--install')
        expect(stderr).toContain(`a daily timer and ${words}.`)
        expect((await filesOf(root)).filter((path) => tools.some(([, other]) => other === path))).toEqual([hook])
      }
    })

    it('are all taken away again, and nothing else is', async () => {
      await writeMachine(root, {
        'etc/apt/apt.conf.d/x': '',
        'etc/dnf/plugins/x.conf': '',
        'usr/bin/dnf5': '',
        'usr/bin/zypper': '',
        [`${DNF}.rpmsave`]: '',
      })
      const before = await filesOf(root)
      await importer(...STATION, '--install')
      expect(await filesOf(root)).toEqual(expect.arrayContaining([APT, DNF, DNF5, ZYPPER]))
      await importer('--uninstall')
      expect(await filesOf(root)).toEqual(before)
    })

    it('run the installed script, in the form that each tool reads', async () => {
      await writeMachine(root, { 'etc/dnf/plugins/x.conf': '', 'usr/bin/dnf5': '' })
      const { stderr } = await importer(...STATION, '--prefix', '/opt/l', '--install')
      expect(await rulesOf(DNF)).toEqual([
        '*:any:/opt/l/sbin/lazaret-importer --hook </dev/null >/dev/null 2>&1 || true',
      ])
      expect(await rulesOf(DNF5)).toEqual(['post_transaction::::/opt/l/sbin/lazaret-importer --hook'])
      expect(stderr).toContain('python3-dnf-plugin-post-transaction-actions')
      expect(stderr).toContain('libdnf5-plugin-actions')
    })

    it('answer each frame of zypper, and register once when a change has ended or broken off', async () => {
      await writeMachine(root, { 'usr/bin/zypper': '' })
      await importer(...STATION, '--prefix', join(folder, 'opt').replaceAll(' ', '_'), '--install')
      const script = (await readFile(join(root, ZYPPER), 'utf8')).replace(/\S+\/sbin\/lazaret-importer/, '"$STUB"')
      const [plugin, stub, log] = ['plugin', 'stub', 'log'].map((name) => join(folder, name))
      await writeFile(plugin ?? '', script)
      await writeFile(stub ?? '', `#!/bin/sh\necho "$*" >>'${log}'\n`)
      await chmod(stub ?? '', 0o755)
      const speak = async (frames: readonly string[]) => {
        await rm(log ?? '', { force: true })
        const [program = '', ...first] = shell.split(' ')
        const answers = execFileSync(program, [...first, plugin ?? ''], {
          input: frames.map((frame) => `${frame}\0`).join(''),
          env: { ...process.env, STUB: stub },
        })
        return { answers: answers.toString('latin1'), ran: await readFile(log ?? '', 'utf8').catch(() => '') }
      }

      const body = `{"TransactionStepList":[\n${'{"type":"+","solvable":{"n":"a"}},'.repeat(3000)}\n{}]}`
      const [begin, end] = ['PLUGINBEGIN\nuserdata:x\n\n', 'PLUGINEND\n\n']
      const whole = [begin, `COMMITBEGIN\n\n${body}`, `COMMITEND\n\n${body}`, end, '_DISCONNECT\n\n']
      expect(await speak(whole)).toEqual({ answers: 'ACK\n\n\0'.repeat(5), ran: '--hook\n' })
      expect(await speak([begin, `COMMITBEGIN\n\n${body}\n`, end])).toEqual({
        answers: 'ACK\n\n\0'.repeat(3),
        ran: '--hook\n',
      })
      expect(await speak([begin, `COMMITBEGIN\n\n${body}`])).toEqual({
        answers: 'ACK\n\n\0'.repeat(2),
        ran: '--hook\n',
      })
      expect(await speak([begin, end])).toEqual({ answers: 'ACK\n\n\0'.repeat(2), ran: '' })
    })

    const noZypper = requireTool('zypper', 'rpmbuild', 'createrepo_c', 'rpm', 'repo2solv', 'rpmdb2solv')
    it.skipIf(noZypper !== '')(`run in the real zypper after each change${noZypper}`, async () => {
      await layOutSystem(root, shell, ['zypper', 'rpm', 'repo2solv', 'rpmdb2solv', 'gpg', 'gpgconf'])
      await buildRepository(join(root, 'repo'))
      await writeMachine(root, {
        'etc/zypp/repos.d/r.repo': '[r]\nbaseurl=dir:/repo\nenabled=1\ngpgcheck=0\nautorefresh=1\ntype=rpm-md\n',
        'var/log/.keep': '',
      })
      await importer(...STATION, '--install')
      await writeProgram(root, 'usr/local/sbin/lazaret-importer', '#!/bin/sh\necho "$*" >>/hooked\n')

      const zypper = ['/usr/bin/zypper', '--non-interactive', '--no-gpg-checks']
      await runInside(root, [...zypper, 'install', 'one'])
      expect(await readFile(join(root, 'hooked'), 'utf8')).toBe('--hook\n')
      await runInside(root, [...zypper, 'list-updates', '-a'])
      await runInside(root, [...zypper, 'install', '--dry-run', 'two'])
      expect(await readFile(join(root, 'hooked'), 'utf8')).toBe('--hook\n')
      await runInside(root, [...zypper, 'install', 'two'])
      expect(await readFile(join(root, 'hooked'), 'utf8')).toBe('--hook\n--hook\n')
      const log = await readFile(join(root, 'var/log/zypper.log'), 'utf8')
      expect(log).toContain('lazaret-importer <-PluginFrame[ACK]')
      expect(log).not.toMatch(/PluginFrame\[ERROR\]|PluginScript.*(?:timeout|killed)/i)
    })

    async function rulesOf(path: string): Promise<string[]> {
      const lines = (await readFile(join(root, path), 'utf8')).split('\n')
      return lines.filter((line) => line !== '' && !line.startsWith('#'))
    }
  },
)

async function filesOf(of: string): Promise<string[]> {
  const entries = await readdir(of, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => !entry.isDirectory())
  return files.map(({ parentPath, name }) => join(parentPath, name).slice(of.length + 1)).toSorted()
}

/** Two packages that the real rpmbuild makes, digests and all: zypper installs no others. */
async function buildRepository(at: string): Promise<void> {
  await mkdir(at, { recursive: true })
  for (const name of ['one', 'two']) {
    const spec = `Name: ${name}\nVersion: 1\nRelease: 1\nSummary: x\nLicense: x\nBuildArch: noarch\n%description\nx\n%files\n`
    await writeFile(join(folder, `${name}.spec`), spec)
    const defines = ['_topdir /tmp', `_rpmdir ${at}`, '_build_name_fmt %%{NAME}.rpm', `_builddir ${folder}`].flatMap(
      (text) => ['--define', text],
    )
    execFileSync('rpmbuild', ['-bb', ...defines, join(folder, `${name}.spec`)], { stdio: 'ignore', cwd: folder })
  }
  execFileSync('createrepo_c', ['-q', at])
}
