import type { NmapPreset } from './preset.ts'
import type { Family } from './targets.ts'

/** Scripts that disturb, break in, guess passwords or talk to others, whatever other categories they are in. */
export const SCRIPTS_NEVER_RUN = ['dos', 'exploit', 'brute', 'fuzzer', 'intrusive', 'malware', 'broadcast', 'external']

/** All arguments: options from the preset, then `--`, then addresses. No word of a machine or report ever becomes an option. */
export function nmapArguments(
  preset: NmapPreset,
  { addresses, family, report }: Family,
  hasVulners: boolean,
): readonly string[] {
  return [
    // No names are asked for, no pages of style are linked, nothing is read from a keyboard.
    '-n',
    '--no-stylesheet',
    '--noninteractive',
    '-oX',
    report,
    '--stats-every',
    '5s',
    ...(family === 6 ? ['-6'] : []),
    ...techniques(preset),
    ...portArguments(preset),
    ...(preset.versions ? ['-sV'] : []),
    ...(preset.assumeUp ? ['-Pn'] : []),
    `-T${preset.timing}`,
    '--host-timeout',
    `${preset.hostTimeoutSeconds}s`,
    '--script-timeout',
    `${preset.scriptTimeoutSeconds}s`,
    ...(preset.maxRate === undefined ? [] : ['--max-rate', String(preset.maxRate)]),
    ...(preset.maxRetries === undefined ? [] : ['--max-retries', String(preset.maxRetries)]),
    ...scriptArguments(preset, hasVulners),
    '--',
    ...addresses,
  ]
}

function techniques({ technique, udpPorts }: NmapPreset): readonly string[] {
  const tcp = technique === 'connect' ? ['-sT'] : technique === 'syn' ? ['-sS'] : []
  if (udpPorts === undefined) return tcp
  return [...(tcp.length === 0 ? ['-sS'] : tcp), '-sU']
}

function portArguments({ ports, topPorts, udpPorts }: NmapPreset): readonly string[] {
  if (udpPorts !== undefined) return ['-p', `T:${ports ?? '1-1024'},U:${udpPorts}`]
  return ports === undefined ? ['--top-ports', String(topPorts)] : ['-p', ports]
}

function scriptArguments(preset: NmapPreset, hasVulners: boolean): readonly string[] {
  const chosen =
    preset.scripts.length === 0
      ? []
      : [`((${preset.scripts.join(' or ')}) and not (${SCRIPTS_NEVER_RUN.join(' or ')}))`]
  if (preset.vulners && hasVulners) chosen.push('vulners')
  return chosen.length === 0 ? [] : ['--script', chosen.join(' or ')]
}
