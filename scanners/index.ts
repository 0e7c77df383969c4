import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import type { Scanner } from '#shared/ports/scanner.ts'
import { NessusConfig, openConfiguredNessus } from './configured-nessus.ts'
import { NmapConfig, openConfiguredNmap } from './configured-nmap.ts'
import { NucleiConfig, openConfiguredNuclei } from './configured-nuclei.ts'
import { openConfiguredOpenvas, OpenvasConfig } from './configured-openvas.ts'
import type { Surroundings } from './surroundings.ts'

/** One scanner in the configuration. Secrets stand there as files or environment variables, never as themselves. */
export const ScannerConfig = z.discriminatedUnion('kind', [NessusConfig, NmapConfig, NucleiConfig, OpenvasConfig])
export type ScannerConfig = z.infer<typeof ScannerConfig>

/**
 * Opens every configured scanner; none is asked anything yet.
 * @throws Fault `config_invalid` for two of one id, or options that are not allowed
 */
export function openScanners(
  configs: readonly ScannerConfig[],
  surroundings: Surroundings,
): ReadonlyMap<string, Scanner> {
  const scanners = new Map<string, Scanner>()
  for (const config of configs) {
    if (scanners.has(config.id)) throw new Fault('config_invalid', `Two scanners are called ${config.id}.`)
    scanners.set(config.id, openScanner(config, surroundings))
  }
  return scanners
}

/** The one list of kinds. */
function openScanner(config: ScannerConfig, surroundings: Surroundings): Scanner {
  switch (config.kind) {
    case 'nessus':
      return openConfiguredNessus(config, surroundings)
    case 'nmap':
      return openConfiguredNmap(config, surroundings)
    case 'nuclei':
      return openConfiguredNuclei(config, surroundings)
    case 'openvas':
      return openConfiguredOpenvas(config, surroundings)
    default:
      return config satisfies never
  }
}
