import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Fault } from '#shared/domain/fault.ts'
import { tidyMessage } from './tidy-message.ts'

export interface VirshOptions {
  /** `qemu:///system`, `qemu+ssh://user@host/system?no_tty=1`, `xen:///`, `test:///default`. */
  readonly uri: string
  readonly program: string
  readonly timeoutMs: number
}

/** What one call came to. */
export type VirshAnswer =
  | { readonly status: 'done'; readonly text: string }
  /** What the call is about is not there. */
  | { readonly status: 'absent'; readonly message: string }
  | { readonly status: 'refused'; readonly message: string }

export interface Virsh {
  /**
   * `document`: a description in XML that the call is about (`--file`). Never throws for what libvirt says no to.
   * @throws Fault `hypervisor_unreachable`, `hypervisor_refused` where there is no virsh
   */
  ask(args: readonly string[], document?: string): Promise<VirshAnswer>
  /** The output. @throws Fault `hypervisor_unreachable`, `hypervisor_refused` also for what is not there */
  run(args: readonly string[], document?: string): Promise<string>
}

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024
const ABSENT =
  /^error: (?:Domain|Network|Storage pool|Storage volume) not found|^error: failed to get (?:domain|network|pool|vol) /m
/** What says that the connection, not the request, is the trouble (virterror.h has no stable codes on the command line). */
const UNREACHABLE =
  /failed to connect to the hypervisor|Cannot recv data|End of file while reading|client socket is closed|Disconnected from|Connection (?:refused|reset|timed out)|keepalive|cannot acquire state change lock|Timed out during operation/i

/**
 * libvirt through its own command line: arguments as a list, never a shell; English messages; killed when it takes too long. Only values
 * of a fixed form (UUIDs, names that are checked, options) may be among the arguments.
 */
export function openVirsh({ uri, program, timeoutMs }: VirshOptions): Virsh {
  const ask = async (args: readonly string[], document?: string): Promise<VirshAnswer> => {
    const { code, output, errors } = await withFile(document, (file) =>
      call(program, ['-q', '-c', uri, ...args, ...file], timeoutMs),
    )
    if (code === 0) return { status: 'done', text: output }

    const message = tidyMessage(errors)
    if (code === null) {
      throw new Fault('hypervisor_unreachable', `libvirt did not answer to ${args[0]} within ${timeoutMs / 1000} s.`)
    }
    if (UNREACHABLE.test(errors)) throw new Fault('hypervisor_unreachable', `libvirt cannot be reached: ${message}`)
    return { status: ABSENT.test(errors) ? 'absent' : 'refused', message }
  }
  return {
    ask,
    run: async (args, document) => {
      const answer = await ask(args, document)
      if (answer.status === 'done') return answer.text
      throw new Fault('hypervisor_refused', `libvirt refuses ${args[0]}: ${answer.message}`)
    },
  }
}

interface Ended {
  /** null: killed, for it took too long or said too much. */
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

/** virsh reads descriptions from files only. */
async function withFile<T>(document: string | undefined, work: (args: readonly string[]) => Promise<T>): Promise<T> {
  if (document === undefined) return work([])

  const folder = await mkdtemp(join(tmpdir(), 'lazaret-virsh-'))
  try {
    const file = join(folder, 'document.xml')
    await writeFile(file, document, { mode: 0o600 })
    return await work(['--file', file])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function call(program: string, args: readonly string[], timeoutMs: number) {
  return new Promise<Ended>((resolve, reject) => {
    const { PATH = '/usr/bin:/bin', HOME = '/', SSH_AUTH_SOCK } = process.env
    const child = spawn(program, [...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH, HOME, LC_ALL: 'C', ...(SSH_AUTH_SOCK === undefined ? {} : { SSH_AUTH_SOCK }) },
      // A group of its own: ssh, which it starts, is killed with it.
      detached: true,
    })
    const output: Buffer[] = []
    const errors: Buffer[] = []
    let bytes = 0
    const kill = () => {
      if (child.pid !== undefined) killGroup(child.pid)
    }
    const timer = setTimeout(kill, timeoutMs)
    const keep = (into: Buffer[]) => (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > MAX_OUTPUT_BYTES) kill()
      else into.push(chunk)
    }
    child.stdout.on('data', keep(output))
    child.stderr.on('data', keep(errors))
    child.once('error', (cause) => {
      clearTimeout(timer)
      reject(new Fault('hypervisor_refused', `${program} cannot be started: it is part of libvirt-clients.`, { cause }))
    })
    child.once('close', (code) => {
      clearTimeout(timer)
      resolve({ code, output: Buffer.concat(output).toString(), errors: Buffer.concat(errors).toString() })
    })
  })
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    return
  }
}
