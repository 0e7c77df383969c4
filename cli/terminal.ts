import { inert, inertJson } from '#shared/domain/text.ts'

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
    print: (line) => void process.stdout.write(`${inertButColor(line)}\n`),
    printJson: (value) => void process.stdout.write(`${inertJson(value, 2)}\n`),
    say: (line) => {
      if (options.quiet !== true) process.stderr.write(`${inert(line)}\n`)
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

// Our own colour sequences are kept; every other control character is escaped.
// oxlint-disable-next-line no-control-regex -- the sequence begins with one
const COLOR = /\u001b\[(?:0|1|2|31|32|33|36)m/g

function inertButColor(line: string): string {
  const sequences = line.match(COLOR) ?? []
  return line
    .split(COLOR)
    .map((part, at) => inert(part) + (sequences[at] ?? ''))
    .join('')
}

export type Tone = 'bad' | 'warn' | 'good' | 'dim' | 'bold' | 'plain'
const CODES: Record<Exclude<Tone, 'plain'>, string> = { bad: '31', warn: '33', good: '32', dim: '2', bold: '1' }

/** Text in a tone: meaning never rests on the colour alone. The text is made inert first. */
export function paint(terminal: Terminal, tone: Tone, text: string): string {
  const safe = inert(text)
  return terminal.color && tone !== 'plain' ? `\u001b[${CODES[tone]}m${safe}\u001b[0m` : safe
}
