import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { FetcherOptions } from '#adapters/embedded/fetcher.ts'
import { Fault } from '#shared/domain/fault.ts'
import type { Log } from '#shared/ports/ports.ts'
import { ScanSettings } from '#shared/domain/scan/settings.ts'
import { CheckSettings } from '#shared/domain/settings.ts'
import { GatePolicy } from '#shared/domain/verdict.ts'

const Mirror = z.strictObject({
  /** URL prefixes: what begins with `from` is fetched from `to` instead. */
  from: z.string().min(1),
  to: z.string().min(1),
  clientCertificate: z.strictObject({ certificate: z.string(), key: z.string() }).optional(),
})

/** The configuration file, `lazaret.yaml`. Unknown keys are refused. `docs/lazaret.example.yaml` shows each with its default. */
export const Config = z.strictObject({
  ...CheckSettings.shape,
  ...ScanSettings.shape,
  /** Each with its kind and an id of its own; the rest is the kind's matter (`scanning.ts`). */
  scanners: z
    .array(z.looseObject({ kind: z.string(), id: z.string() }))
    .max(100)
    .default([]),
  hypervisors: z
    .array(z.looseObject({ kind: z.string(), id: z.string() }))
    .max(100)
    .default([]),
  data: z.string().min(1).optional(),
  listen: z
    .string()
    .regex(/^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, 'must be ADDRESS:PORT')
    .default('127.0.0.1:7412'),
  internalHosts: z.array(z.string().min(1)).max(1000).default([]),
  mirrors: z.array(Mirror).max(1000).default([]),
  /** The sources of the machine that the station runs on may be fetched although their hosts are private. */
  trustOwnSources: z.boolean().default(true),
  /** A file with more certificate authorities, PEM. */
  certificateAuthorities: z.string().optional(),
  sweepEverySeconds: z
    .number()
    .int()
    .min(10)
    .max(7 * 86_400)
    .default(900),
  /** A file with the gates' policy, instead of `policy` in place. */
  policyFile: z.string().optional(),
})
export type Config = z.infer<typeof Config>

const MAX_CONFIG_BYTES = 1024 * 1024

/**
 * The configuration: the file, then `LAZARET_…` from the environment over it (lists and objects as JSON or, for lists of words,
 * comma-separated). @throws Fault `config_invalid` naming file and key
 */
export async function loadConfig(file: string | undefined, env: NodeJS.ProcessEnv): Promise<Config> {
  const path = file ?? env.LAZARET_CONFIG
  const fromFile = path === undefined ? {} : await readYaml(path)
  const raw = { ...fromFile, ...readEnvironment(env) }
  const parsed = Config.safeParse(raw)
  if (!parsed.success) {
    throw new Fault('config_invalid', `${path ?? 'The environment'}: ${describe(parsed.error)}`, placeOf(path))
  }
  if (parsed.data.policyFile === undefined) return parsed.data

  return { ...parsed.data, policy: await loadPolicy(parsed.data.policyFile) }
}

async function loadPolicy(path: string): Promise<GatePolicy> {
  const parsed = GatePolicy.safeParse(await readYaml(path))
  if (!parsed.success) throw new Fault('config_invalid', `${path}: ${describe(parsed.error)}`, placeOf(path))

  return parsed.data
}

/** What checks need of the configuration. */
export function checkSettingsOf(config: Config): CheckSettings {
  const keys = Object.keys(CheckSettings.shape) as (keyof CheckSettings)[]
  return CheckSettings.parse(Object.fromEntries(keys.map((key) => [key, config[key]])))
}

/** How the fetcher is opened for this configuration. */
export function fetcherOptions(config: Config, ownSources: readonly string[], log: Log): FetcherOptions {
  return {
    internalHosts: config.internalHosts,
    mirrors: config.mirrors,
    ownSources,
    log,
    certificateAuthority: config.certificateAuthorities,
  }
}

async function readYaml(path: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Fault('config_invalid', `${path} cannot be read.`, { cause, place: { file: path } })
  })
  if (text.length > MAX_CONFIG_BYTES) throw new Fault('config_invalid', `${path} is larger than 1 MiB.`, placeOf(path))

  // Loaded only where there is a file to read.
  const { parseYaml } = await import('./parse-yaml.ts')
  const document = parseYaml(text)
  const [error] = document.errors
  if (error !== undefined)
    throw new Fault('config_invalid', `${path}: ${error.message.split('\n', 1)[0]?.replace(/:$/, '.')}`, placeOf(path))

  const value: unknown = document.toJS({ maxAliasCount: 0 }) ?? {}
  const record = z.record(z.string(), z.unknown()).safeParse(value)
  if (!record.success) throw new Fault('config_invalid', `${path} must hold keys and values.`, placeOf(path))
  return record.data
}

const NOT_KEYS = new Set([
  'LAZARET_CONFIG',
  'LAZARET_STATION',
  'LAZARET_TOKEN',
  'LAZARET_CACHE',
  'LAZARET_PLAIN',
  'LAZARET_SEED',
])

/** `LAZARET_SWEEP_EVERY_SECONDS=60` sets `sweepEverySeconds`. Other `LAZARET_…` names are other programs' matter. */
function readEnvironment(env: NodeJS.ProcessEnv): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  for (const key of Object.keys(Config.shape)) {
    const name = `LAZARET_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
    const text = env[name]
    if (text !== undefined && text !== '' && !NOT_KEYS.has(name)) found[key] = readValue(text, key)
  }
  return found
}

const WORD_LISTS = new Set(['internalHosts', 'scanNetworks'])

function readValue(text: string, key: string): unknown {
  if (WORD_LISTS.has(key) && !text.startsWith('[')) return text.split(',').map((word) => word.trim())
  if (!/^(?:[[{"]|-?\d+(?:\.\d+)?$|true$|false$)/.test(text)) return text

  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Fault('config_invalid', `The environment variable for "${key}" is not valid JSON.`, { cause })
  }
}

function describe(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`).join('; ')
}

function placeOf(path: string | undefined) {
  return path === undefined ? {} : { place: { file: path } }
}
