import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { repositoryRoot } from '#test/support/samples.ts'

const run = promisify(execFile)

/** The script that brings the stack up lies beside the repository, or where the environment says. */
const SCRIPT = join(process.env['LAZARET_OPENVAS_KIT'] ?? join(repositoryRoot, '../shared/openvas'), 'openvas-up.sh')

/** '' where the real stack can be brought up, else why not, for a test's title. */
export const noStack = ((): string => {
  if (!existsSync(SCRIPT)) return ` (skipped: no openvas-up.sh at ${SCRIPT}; LAZARET_OPENVAS_KIT names its folder)`
  return process.getuid?.() === 0 ? '' : ' (skipped: needs root)'
})()

export type Mode = 'unix' | 'tls'

/** gvmd, ospd-openvas, openvas, PostgreSQL and Redis in a folder and namespaces of their own, with a lab of two machines. */
export interface Stack {
  readonly username: string
  readonly password: string
  readonly socket: string
  readonly authorityFile: string
  readonly port: number
  /** Begun, restarted in another mode, or left as it is; resolves when it is ready. */
  up(mode: Mode): Promise<void>
  /** A command inside. */
  inside(...command: string[]): Promise<string>
  /** Kills gvmd alone and starts it anew. */
  restartGvmd(): Promise<void>
  /** The network in which scanner and lab are, as a file of /proc. */
  labNetwork(): string
  /** Host ids of processes that live in its folder. */
  processes(): readonly number[]
  /** Ends everything by its ids and removes the folder. */
  close(): Promise<void>
}

export async function openStack(): Promise<Stack> {
  const folder = mkdtempSync(join(tmpdir(), 'lazaret-openvas-'))
  const root = join(folder, 'root')
  const password = randomBytes(12).toString('hex')
  const port = await freePort()
  const cache = process.env['LAZARET_OPENVAS_CACHE']
  const environment = (mode: Mode) => ({
    ...process.env,
    GMP_MODE: mode,
    GMP_PASSWORD: password,
    GMP_PORT: String(port),
    ...(cache === undefined ? {} : { CACHE: cache }),
  })
  const script = async (mode: Mode, ...args: string[]): Promise<string> =>
    (await run(SCRIPT, [root, ...args], { env: environment(mode), maxBuffer: 1 << 24 })).stdout

  const insiders = (): readonly number[] =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && linkOf(`/proc/${name}/root`) === root)
      .map(Number)
  /** The first process inside, whose end is the end of all others. */
  const first = (): number | undefined => insiders().find((pid) => innerId(pid) === 1)
  let isHeld = false
  const release = (): void => {
    const pid = first()
    if (isHeld && pid !== undefined) process.kill(pid, 'SIGCONT')
    isHeld = false
  }
  const inside = (...command: string[]): Promise<string> => script('unix', 'exec', ...command)

  return {
    username: 'admin',
    password,
    socket: join(root, 'run/gvmd/gvmd.sock'),
    authorityFile: join(root, 'var/lib/gvm/CA/cacert.pem'),
    port,
    up: async (mode) => {
      release()
      await script(mode, 'up')
    },
    inside,
    restartGvmd: async () => {
      const pid = first()
      if (pid === undefined) throw new Error('the stack is not up')
      // It would end everything when gvmd ends.
      process.kill(pid, 'SIGSTOP')
      isHeld = true
      await inside('sh', '-c', 'pkill -KILL -x gvmd; rm -f /run/gvmd/gvmd.sock')
      await inside('sh', '-c', `${GVMD} </dev/null >/dev/null 2>&1`)
    },
    labNetwork: () => {
      const pid = insiders().find((one) => commandOf(one).includes('127.0.0.1:2121:ftp'))
      if (pid === undefined) throw new Error('the lab is not up')
      return `/proc/${pid}/ns/net`
    },
    processes: insiders,
    close: async () => {
      release()
      await script('unix', 'purge')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const GVMD =
  'runuser -u _gvm -- gvmd --osp-vt-update=/run/ospd/ospd-openvas.sock --broker-address= --unix-socket=/run/gvmd/gvmd.sock --listen-group=_gvm --listen-mode=660'

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

/** Its id in its own namespace: the last that it has. */
function innerId(pid: number): number {
  try {
    const line = /^NSpid:(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? ''
    return Number(line.trim().split(/\s+/).at(-1))
  } catch {
    return 0
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
