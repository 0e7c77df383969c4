// Runs another program in place of this one: same terminal, same signals, same end.
import { spawn } from 'node:child_process'

/** Numbers of the signals that end a program, as a shell reports them: 128 and this. */
const NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }

export function handOver(program, args) {
  const child = spawn(program, args, { stdio: 'inherit' })
  // A terminal sends Ctrl-C to the whole group; whoever signals this process alone means the other.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`${program}: ${error.message}\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 128 + (NUMBERS[signal] ?? 0)))
}
