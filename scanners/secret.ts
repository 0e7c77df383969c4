import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'

const LONGEST = 10_000

/** Where a secret is: never the secret itself. A file (its last line break does not count), or an environment variable. */
export const SecretSource = z.union([
  z.strictObject({ file: z.string().min(1) }),
  z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,100}$/) }),
])
export type SecretSource = z.infer<typeof SecretSource>

/**
 * Reads a secret each time that it is needed, so that a new one counts at once. Messages name where it should be, never what is there.
 * @throws Fault `config_invalid` where there is none, or one with line breaks in it
 */
export function readSecret(source: SecretSource, environment: Readonly<Record<string, string | undefined>>): string {
  const place = 'file' in source ? `The file ${source.file}` : `The environment variable ${source.env}`
  const secret = 'file' in source ? readFile(source.file, place) : (environment[source.env] ?? '')
  const text = secret.replace(/\r?\n$/, '')
  if (text === '') throw new Fault('config_invalid', `${place} holds no secret.`)
  if (text.length > LONGEST || /[\r\n\0]/.test(text))
    throw new Fault('config_invalid', `${place} holds more than one line.`)
  return text
}

function readFile(file: string, place: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Fault('config_invalid', `${place} cannot be read.`, { cause })
  }
}
