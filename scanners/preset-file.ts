import { readFileSync, statSync } from 'node:fs'
import type { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'

const MOST_BYTES = 100_000

/**
 * Options that an administrator edits, from a JSON file; none named: what the product presets.
 * @throws Fault `config_invalid`, which names the file and what is wrong in it
 */
export function readPreset<Preset>(file: string | undefined, schema: z.ZodType<Preset>): Preset {
  if (file === undefined) return schema.parse({})

  const parsed = schema.safeParse(readJson(file))
  if (parsed.success) return parsed.data

  const { path, message } = parsed.error.issues[0] ?? { path: [], message: 'it has another shape' }
  throw new Fault('config_invalid', `The options are not allowed: ${[...path.map(String), message].join(': ')}.`, {
    place: { file },
  })
}

function readJson(file: string): unknown {
  try {
    if (statSync(file).size > MOST_BYTES) throw new Error('too large')
    return JSON.parse(readFileSync(file, 'utf8')) as unknown
  } catch (cause) {
    throw new Fault('config_invalid', 'The options file cannot be read as JSON.', { cause, place: { file } })
  }
}
