import { Fault } from '#shared/domain/fault.ts'
import type { ConnectionOptions } from './client.ts'
import type { Options } from './program.ts'
import { openTerminal } from './terminal.ts'
import type { Terminal } from './terminal.ts'

/** The text of an option, undefined when it was not given. */
export function textOption(options: Options, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

/** @throws Fault `request_invalid` when it is not a number of seconds (or days) */
export function numberOption(options: Options, name: string): number | undefined {
  const text = textOption(options, name)
  if (text === undefined) return undefined

  if (!/^\d{1,9}(?:\.\d{1,3})?$/.test(text))
    throw new Fault('request_invalid', `--${name} wants a number, not "${text}".`)
  return Number(text)
}

export function connectionOptions(options: Options): ConnectionOptions {
  return {
    station: textOption(options, 'station'),
    token: textOption(options, 'token'),
    data: textOption(options, 'data'),
    config: textOption(options, 'config'),
  }
}

export function terminalOf(options: Options): Terminal {
  const color = options.color
  return openTerminal({ color: typeof color === 'boolean' ? color : undefined, quiet: options.quiet === true })
}
