import { z } from 'zod'
import type { Scanner } from '#shared/ports/scanner.ts'
import { type GmpAddress } from './openvas/gmp/transport.ts'
import { GMP_LIMITS } from './openvas/gmp/session.ts'
import { OPENVAS_PATIENCE, openOpenvasScanner } from './openvas/open-openvas-scanner.ts'
import { OpenvasPreset } from './openvas/preset.ts'
import { readPreset } from './preset-file.ts'
import { readSecret, SecretSource } from './secret.ts'
import { program, ScannerId, slots, type Surroundings } from './surroundings.ts'

/** A name or an address: no option. */
const Host = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.:-]{0,253}$/, 'must be a host name or an IP address')
const Port = z.number().int().min(1).max(65_535)
const Path = z.string().regex(/^\/[^\p{Cc}"%$]{0,1000}$/u, 'must be an absolute path')

const Tls = z
  .strictObject({
    host: Host,
    port: Port.default(9390),
    serverName: Host.optional(),
    authorityFile: Path.optional(),
    fingerprint: z
      .string()
      .regex(/^(?:[0-9a-fA-F]{2}:?){32}$/, 'must be a SHA-256 fingerprint')
      .optional(),
    certificateFile: Path.optional(),
    keyFile: Path.optional(),
  })
  .refine(({ authorityFile, fingerprint }) => authorityFile === undefined || fingerprint === undefined, {
    message: 'has an authority and a fingerprint: one of them decides',
  })
  .refine(({ certificateFile, keyFile }) => (certificateFile === undefined) === (keyFile === undefined), {
    message: 'has a certificate without its key, or a key without its certificate',
  })

const Ssh = z.strictObject({
  host: Host,
  port: Port.default(22),
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/)
    .default('gmp'),
  identityFile: Path,
  knownHostsFile: Path,
  program: program('ssh'),
})

export const OpenvasConfig = z.strictObject({
  kind: z.literal('openvas'),
  id: ScannerId,
  connection: z.union([z.strictObject({ unix: Path }), z.strictObject({ tls: Tls }), z.strictObject({ ssh: Ssh })]),
  username: z.string().min(1).max(200),
  password: SecretSource,
  slots: slots(2),
  /** A JSON file with options (`OpenvasPreset`); left out: the preset ones. */
  optionsFile: z.string().min(1).optional(),
})
export type OpenvasConfig = z.infer<typeof OpenvasConfig>

export function openConfiguredOpenvas(config: OpenvasConfig, { environment }: Surroundings): Scanner {
  const address: GmpAddress = config.connection
  return openOpenvasScanner({
    id: config.id,
    slots: config.slots,
    preset: readPreset(config.optionsFile, OpenvasPreset),
    access: {
      address,
      username: config.username,
      password: () => readSecret(config.password, environment),
      limits: GMP_LIMITS,
    },
    ...OPENVAS_PATIENCE,
  })
}
