import { join } from 'node:path'
import { z } from 'zod'
import { openTcpProber } from '#adapters/embedded/tcp-prober.ts'
import { Fault } from '#shared/domain/fault.ts'
import { ScanSettings } from '#shared/domain/scan/settings.ts'
import type { Hypervisor } from '#shared/ports/hypervisor.ts'
import type { Scanner } from '#shared/ports/scanner.ts'
import type { Scanning } from '#shared/ports/scanning.ts'
import type { Config } from './config.ts'

interface Around {
  readonly folder: string
  readonly environment: NodeJS.ProcessEnv
}

/**
 * Opens what scans need, as it is configured; nothing is asked of it yet. What no key of the configuration names is not even loaded.
 * @throws Fault `config_invalid`
 */
export async function openScanning(config: Config, around: Around): Promise<Scanning> {
  return {
    scanners: config.scanners.length === 0 ? new Map() : await openScanners(config, around),
    hypervisors: config.hypervisors.length === 0 ? [] : await openHypervisors(config),
    prober: openTcpProber(),
    settings: scanSettingsOf(config),
    readReport: async (chunks, machine) => (await import('#scanners/detect-report.ts')).readAnyReport(chunks, machine),
  }
}

async function openScanners(config: Config, around: Around): Promise<ReadonlyMap<string, Scanner>> {
  const scanners = await import('#scanners/index.ts')
  const configs = parseKey('scanners', z.array(scanners.ScannerConfig), config.scanners)
  return scanners.openScanners(configs, {
    workFolder: join(around.folder, 'scanners'),
    environment: around.environment,
  })
}

async function openHypervisors(config: Config): Promise<readonly Hypervisor[]> {
  const hypervisors = await import('#hypervisors/index.ts')
  return hypervisors.openHypervisors(parseKey('hypervisors', hypervisors.HypervisorConfigs, config.hypervisors))
}

function parseKey<T>(key: string, shape: z.ZodType<T>, value: unknown): T {
  const parsed = shape.safeParse(value)
  if (parsed.success) return parsed.data

  const said = parsed.error.issues.map((issue) => `${[key, ...issue.path].join('.')}: ${issue.message}`)
  throw new Fault('config_invalid', `The configuration: ${said.slice(0, 10).join('; ')}`)
}

function scanSettingsOf(config: Config): ScanSettings {
  const keys = Object.keys(ScanSettings.shape) as (keyof ScanSettings)[]
  return ScanSettings.parse(Object.fromEntries(keys.map((key) => [key, config[key]])))
}
