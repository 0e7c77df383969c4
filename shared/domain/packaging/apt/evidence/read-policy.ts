import { readText } from '../../../evidence.ts'
import type { Evidence } from '../../../evidence.ts'
import { configBoolean, configText } from './configuration.ts'
import type { AptConfiguration } from './configuration.ts'
import { beyondQuota } from '../../evidence-fault.ts'
import { listConfigFolder } from './folder-rules.ts'
import type { AptPin, AptPolicy, PhasingPolicy } from '../model.ts'
import { limitPins, readPreferences } from './preferences.ts'
import { locateFile } from './read-configuration.ts'

const MAX_BYTES = 1024 * 1024

export interface ReadPolicy {
  readonly policy: AptPolicy
  readonly warnings: readonly string[]
  readonly problems: readonly string[]
}

/** Preferences, Default-Release and the choice on phased updates. @throws Fault `quota_exceeded` */
export function readPolicy(evidence: Evidence, config: AptConfiguration, aptVersion: string | null): ReadPolicy {
  const pins: AptPin[] = []
  const warnings: string[] = []
  const problems: string[] = []
  let bytes = 0
  for (const path of listPreferenceFiles(evidence, config, problems)) {
    bytes += evidence.files.get(path)?.byteLength ?? 0
    if (bytes > MAX_BYTES) throw beyondQuota(path, 'more than 1 MiB of preferences.')

    const read = readPreferences(path, readText(evidence, path) ?? '')
    for (const pin of read.pins) pins.push(pin)
    warnings.push(...read.warnings)
    problems.push(...read.problems)
  }
  limitPins(pins)

  const defaultRelease = configText(config, 'APT::Default-Release') || null
  const installRecommends = configBoolean(config, 'APT::Install-Recommends') ?? true
  const phasing = readPhasing(config)
  return { policy: { aptVersion, defaultRelease, pins, phasing, installRecommends }, warnings, problems }
}

/** `Always-…` wins over `Never-…`; apt's own settings over those of Ubuntu's update-manager, which it honours too. */
function readPhasing(config: AptConfiguration): PhasingPolicy {
  const setting = (word: string) =>
    configBoolean(config, `APT::Get::${word}-Include-Phased-Updates`) ??
    configBoolean(config, `Update-Manager::${word}-Include-Phased-Updates`) ??
    false
  if (setting('Always')) return 'always'
  return setting('Never') ? 'never' : 'machine'
}

function listPreferenceFiles(evidence: Evidence, config: AptConfiguration, problems: string[]): string[] {
  const usual = 'etc/apt/preferences'
  const main = locateFile(config, 'Dir::Etc::preferences', usual)
  const folder = locateFile(config, 'Dir::Etc::preferencesparts', `${usual}.d`)
  const parts = folder === null ? [] : listConfigFolder(evidence, folder, { extensions: ['pref'], bareNames: true })
  if (main !== null && main !== usual && !evidence.files.has(main)) {
    problems.push(`etc/apt: the configuration moves the preferences to /${main}, which is not part of the evidence.`)
  }
  if (folder !== null && folder !== `${usual}.d` && parts.length === 0) {
    problems.push(`etc/apt: the configuration moves the preferences to /${folder}/, which is not part of the evidence.`)
  }
  return [...(main !== null && evidence.files.has(main) ? [main] : []), ...parts]
}
