import { execFile, execFileSync } from 'node:child_process'
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { writeMachine } from './fixture-machine.ts'
import { findTool } from './tools.ts'

const BASICS =
  'cat chmod cp date find grep gzip head id ln ls mkdir mktemp mv od readlink rm rmdir sed sort tail tar touch tr uname wc'

/**
 * Makes of a folder a system of its own in which programs of this host run: the programs with their libraries, what a shell needs from
 * busybox, and rpm's configuration, its database in `/var/lib/rpm` as everywhere but on Debian.
 */
export async function layOutSystem(at: string, shell: string, programs: readonly string[]): Promise<void> {
  const busybox = findTool('busybox') ?? ''
  const dynamic = [...programs, 'dash'].map((name) => findTool(name) ?? name)
  const linked = execFileSync('ldd', dynamic).toString()
  const libraries = new Set(linked.match(/\/\S+\.so\S*/g) ?? [])
  for (const file of [...dynamic, busybox, '/usr/lib/rpm/macros', '/usr/lib/rpm/rpmrc', ...libraries]) {
    await mkdir(dirname(join(at, file)), { recursive: true })
    await cp(file, join(at, file), { dereference: true })
  }
  await writeMachine(at, {
    'etc/rpm/macros': '%_dbpath /var/lib/rpm\n',
    'etc/passwd': 'root:x:0:0::/root:/bin/sh\n',
    'root/.profile': '',
    'tmp/.keep': '',
    'dev/null': '',
  })
  await mkdir(join(at, 'var/lib/rpm'), { recursive: true })
  await mkdir(join(at, 'bin'), { recursive: true })
  for (const name of BASICS.split(' ')) await symlink(busybox, join(at, 'usr/bin', name)).catch(() => undefined)
  await symlink(findTool(shell.split(' ')[0] ?? '') ?? '', join(at, 'bin/sh'))
}

/** Puts a program of one's own into such a system. */
export async function writeProgram(at: string, path: string, script: string): Promise<void> {
  await mkdir(dirname(join(at, path)), { recursive: true })
  await writeFile(join(at, path), script, { mode: 0o755 })
}

/** Runs a program inside such a system; what it wrote. Without root's rights in a name space where it has them. */
export async function runInside(at: string, command: readonly string[]): Promise<{ stdout: Buffer; stderr: string }> {
  const chroot = findTool('chroot') ?? '/usr/sbin/chroot'
  const [program = '', ...first] = process.geteuid?.() === 0 ? [chroot] : [findTool('unshare') ?? '', '-r', chroot]
  const ran = await promisify(execFile)(program, [...first, at, ...command], {
    env: { PATH: '/usr/bin:/bin', HOME: '/root', TMPDIR: '/tmp' },
    encoding: 'buffer',
    maxBuffer: 64 * 1024 * 1024,
  })
  return { stdout: ran.stdout, stderr: ran.stderr.toString() }
}
