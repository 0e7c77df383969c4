import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import type { Scanner } from '#shared/ports/scanner.ts'
import type { Trust } from './nessus/connect.ts'
import type { Credentials } from './nessus/login.ts'
import { openNessusScanner } from './nessus/open-nessus-scanner.ts'
import { readSecret, SecretSource } from './secret.ts'
import { ScannerId, slots, type Surroundings } from './surroundings.ts'

const Url = z.string().refine(isPlainHttps, 'must be https://host or https://host:port')

/** Nessus Manager or Tenable Vulnerability Management. */
export const NessusConfig = z
  .strictObject({
    kind: z.literal('nessus'),
    id: ScannerId,
    url: Url,
    /** One of the three, or none: then the system's own authorities count. */
    caFile: z.string().min(1).optional(),
    /** SHA-256 of the server's certificate, in hex; colons do not matter. */
    certificateSha256: z
      .string()
      .regex(/^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$/, 'must be a SHA-256 in hex')
      .optional(),
    /** Believes whoever answers, and gives them the keys. */
    insecure: z.literal(true).optional(),
    /** API keys … */
    accessKey: SecretSource.optional(),
    secretKey: SecretSource.optional(),
    /** … or a user's session (Nessus only). */
    username: z.string().min(1).max(200).optional(),
    password: SecretSource.optional(),
    slots: slots(4),
    /** By name: `basic`, `advanced`, … */
    template: z.string().min(1).max(100).default('basic'),
    policyId: z.number().int().positive().optional(),
    folderId: z.number().int().positive().optional(),
    timeoutSeconds: z.number().int().min(1).max(600).default(60),
    exportSeconds: z.number().int().min(10).max(3600).default(600),
  })
  .refine(
    ({ caFile, certificateSha256, insecure }) => [caFile, certificateSha256, insecure].filter(Boolean).length <= 1,
    'takes one of caFile, certificateSha256 and insecure',
  )
  .refine(
    ({ accessKey, secretKey, username, password }) =>
      (accessKey !== undefined && secretKey !== undefined) !== (username !== undefined && password !== undefined),
    'needs accessKey and secretKey, or username and password',
  )
export type NessusConfig = z.infer<typeof NessusConfig>

/** @throws Fault `config_invalid` for a file of authorities that cannot be read */
export function openConfiguredNessus(config: NessusConfig, { environment }: Surroundings): Scanner {
  return openNessusScanner({
    id: config.id,
    server: { url: config.url.replace(/\/$/, ''), trust: trustOf(config), timeoutMs: config.timeoutSeconds * 1000 },
    credentials: credentialsOf(config, environment),
    slots: config.slots,
    template: config.template,
    policyId: config.policyId ?? null,
    folderId: config.folderId ?? null,
    patience: { tries: 5, firstMs: 1000, mostMs: 60_000 },
    exportPatience: { pollMs: 2000, mostMs: config.exportSeconds * 1000 },
  })
}

function credentialsOf(
  { accessKey, secretKey, username, password }: NessusConfig,
  environment: Surroundings['environment'],
): Credentials {
  if (accessKey !== undefined && secretKey !== undefined) {
    return {
      kind: 'keys',
      readKeys: () => ({ access: readSecret(accessKey, environment), secret: readSecret(secretKey, environment) }),
    }
  }
  if (username === undefined || password === undefined) {
    throw new Fault('config_invalid', 'The scanner has no credentials.')
  }
  return { kind: 'session', username, readPassword: () => readSecret(password, environment) }
}

function trustOf({ caFile, certificateSha256, insecure }: NessusConfig): Trust {
  if (insecure === true) return { kind: 'insecure' }
  if (certificateSha256 !== undefined)
    return { kind: 'pin', sha256: certificateSha256.replaceAll(':', '').toLowerCase() }
  if (caFile === undefined) return { kind: 'system' }
  try {
    return { kind: 'ca', ca: readFileSync(caFile, 'utf8') }
  } catch (cause) {
    throw new Fault('config_invalid', 'The file of authorities cannot be read.', { cause, place: { file: caFile } })
  }
}

function isPlainHttps(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, pathname, search, hash } = new URL(text)
  return protocol === 'https:' && pathname === '/' && [username, password, search, hash].every((part) => part === '')
}
