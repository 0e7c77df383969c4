import { randomUUID } from 'node:crypto'
import { inertJson, inertLine } from '#shared/domain/text.ts'

/** Where a command writes: data to standard output, talk to standard error. Everything from strangers is made inert on the way. */
export interface Terminal {
  /** A line of the answer. */
  print(line: string): void
  /** The answer for a program. */
  printJson(value: unknown): void
  /** Progress, hints, warnings. */
  say(line: string): void
  readonly color: boolean
  readonly columns: number
}

/** Colour by `--color`, then CLICOLOR_FORCE, NO_COLOR, CLICOLOR=0, TERM=dumb, and whether it is a terminal at all. */
export function openTerminal(
  options: { color?: boolean | undefined; quiet?: boolean | undefined },
  env = process.env,
): Terminal {
  return {
    print: (line) => void process.stdout.write(writeLine(line)),
    printJson: (value) => void process.stdout.write(`${inertJson(value, 2)}\n`),
    say: (line) => {
      if (options.quiet !== true) process.stderr.write(writeLine(line))
    },
    color: options.color ?? wantsColor(env),
    columns: process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY,
  }
}

function wantsColor(env: NodeJS.ProcessEnv): boolean {
  if (env.CLICOLOR_FORCE !== undefined && env.CLICOLOR_FORCE !== '0') return true
  if ((env.NO_COLOR ?? '') !== '' || env.CLICOLOR === '0' || env.TERM === 'dumb' || env.LAZARET_PLAIN === '1')
    return false
  return process.stdout.isTTY
}

// Stands for the beginning of a colour sequence of ours until the line is written; no stranger can know it.
const OURS = randomUUID()

/** One line, whatever is in it; only colours that `paint` put there are colours. */
function writeLine(line: string): string {
  return `${inertLine(line).replaceAll(OURS, '\u001b[')}\n`
}

export type Tone = 'bad' | 'warn' | 'good' | 'dim' | 'bold' | 'plain'
const CODES: Record<Exclude<Tone, 'plain'>, string> = { bad: '31', warn: '33', good: '32', dim: '2', bold: '1' }

/** Text in a tone, to be printed or said: meaning never rests on the colour alone. */
export function paint(terminal: Terminal, tone: Tone, text: string): string {
  if (!terminal.color || tone === 'plain' || text === '') return text
  return `${OURS}${CODES[tone]}m${text}${OURS}0m`
}
