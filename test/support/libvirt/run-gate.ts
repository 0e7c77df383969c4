import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const GATE = fileURLToPath(new URL('../../../agents/gates/libvirt/lazaret-gate', import.meta.url))

/** Runs the hook as libvirt does: name, operation and sub-operation as arguments, the guest's description as standard input. */
export function runGate(of: {
  shell: readonly string[]
  config: string
  guest: string
  operation?: string
}): Promise<{ code: number | null; stdout: string; stderr: string; seconds: number }> {
  const [program = 'sh', ...options] = of.shell
  const args = [...options, GATE, 'some-guest', of.operation ?? 'prepare', 'begin', '-']
  const began = Date.now()
  const child = spawn(program, args, { env: { LAZARET_GATE_CONFIG: of.config } })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  child.stdin.on('error', () => {})
  child.stdin.end(of.guest)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr, seconds: (Date.now() - began) / 1000 }))
  })
}
