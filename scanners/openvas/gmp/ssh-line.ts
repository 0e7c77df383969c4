import { spawn } from 'node:child_process'
import { Duplex } from 'node:stream'
import { Fault } from '#shared/domain/fault.ts'
import type { GmpLine, SshAddress } from './transport.ts'

const MAX_COMPLAINT = 2000
const PATIENCE_MS = 2000

/** What will not be better the next time. */
const HOPELESS =
  /Host key verification failed|Permission denied|HOST IDENTIFICATION HAS CHANGED|no such identity|bad permissions/i

/**
 * GMP over the standard input and output of ssh, which asks nothing: no password, no unknown host key, no configuration of the user's. Never
 * throws: what goes wrong is told by `explain` once the line is broken.
 */
export function openSshLine(address: SshAddress, timeoutMs: number): GmpLine {
  const child = spawn(address.program, sshArguments(address, timeoutMs), {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C.UTF-8' },
  })
  let complaint = ''
  let missing = ''
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      missing = error.code ?? 'unknown error'
      resolve()
    })
    child.once('close', () => resolve())
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-MAX_COMPLAINT)
  })
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin })
  stream.on('error', () => undefined)

  return {
    stream,
    explain: async () => {
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS).unref())])
      const last = complaint.trim().split('\n').at(-1) ?? ''
      if (missing !== '')
        return new Fault('scanner_refused', `The program ${address.program} cannot be run (${missing}).`)
      if (last === '') return null
      return new Fault(
        HOPELESS.test(complaint) ? 'scanner_refused' : 'scanner_unreachable',
        `ssh says: ${last
          .replace(/[^\x20-\x7e]/g, '?')
          .slice(0, 200)
          .replace(/\.$/, '')}.`,
      )
    },
    close: () => {
      stream.destroy()
      child.kill('SIGKILL')
    },
  }
}

/** One argument each; the host comes last and after `--`, so that it is never an option. */
export function sshArguments(address: SshAddress, timeoutMs: number): readonly string[] {
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile="${address.knownHostsFile}"`,
    'GlobalKnownHostsFile=/dev/null',
    'IdentitiesOnly=yes',
    'ClearAllForwardings=yes',
    'PermitLocalCommand=no',
    `ConnectTimeout=${Math.ceil(timeoutMs / 1000)}`,
    'ServerAliveInterval=30',
  ]
  return [
    '-F',
    'none',
    '-T',
    '-a',
    '-x',
    ...options.flatMap((option) => ['-o', option]),
    '-i',
    address.identityFile,
    '-p',
    String(address.port),
    '-l',
    address.user,
    '--',
    address.host,
  ]
}
