import { isIP } from 'node:net'
import type { NucleiPreset } from './preset.ts'

/**
 * All arguments. Nothing is downloaded or uploaded, no server of others is asked to listen, no redirect is followed (it could lead to a machine
 * that may not be scanned), no host is given up in silence after some errors, and what was sent and received is not written down.
 */
export function nucleiArguments(preset: NucleiPreset, targetsFile: string, templatesFolder: string): readonly string[] {
  return [
    '-list',
    targetsFile,
    '-templates',
    templatesFolder,
    '-jsonl',
    '-omit-raw',
    '-no-color',
    '-stats',
    '-stats-json',
    '-stats-interval',
    '5',
    '-disable-update-check',
    '-no-interactsh',
    '-no-stdin',
    '-no-mhe',
    '-disable-redirects',
    '-severity',
    preset.severities.join(','),
    ...(preset.tags.length === 0 ? [] : ['-tags', preset.tags.join(',')]),
    ...(preset.excludeTags.length === 0 ? [] : ['-exclude-tags', preset.excludeTags.join(',')]),
    '-rate-limit',
    String(preset.requestsPerSecond),
    '-concurrency',
    String(preset.templatesAtOnce),
    '-timeout',
    String(preset.requestTimeoutSeconds),
    '-retries',
    String(preset.retries),
  ]
}

/** One target a line: the address, and the address with each port. */
export function listTargets(address: string, ports: readonly number[]): string {
  const host = isIP(address) === 6 ? `[${address}]` : address
  return [host, ...ports.map((port) => `${host}:${port}`), ''].join('\n')
}
