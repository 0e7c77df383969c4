import { createHash } from 'node:crypto'
import type { Finding } from './finding.ts'

/**
 * What makes a finding the same one in the next scan: the machine (not its address, which changes from boot to boot), the scanner, its check,
 * the port and the path. SHA-256 in hex over these as one JSON array, so that no two different ones run together.
 */
export function findingId(finding: Pick<Finding, 'machine' | 'scanner' | 'check' | 'port' | 'path'>): string {
  const { machine, scanner, check, port, path } = finding
  return createHash('sha256')
    .update(JSON.stringify([machine, scanner, check, port.number, port.protocol, path]))
    .digest('hex')
}
