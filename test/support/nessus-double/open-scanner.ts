import type { Trust } from '#scanners/nessus/connect.ts'
import type { Credentials } from '#scanners/nessus/login.ts'
import { openNessusScanner } from '#scanners/nessus/open-nessus-scanner.ts'
import type { Scanner } from '#shared/ports/scanner.ts'
import { ACCESS_KEY, SECRET_KEY, type NessusDouble } from './nessus-double.ts'

export const KEYS: Credentials = { kind: 'keys', readKeys: () => ({ access: ACCESS_KEY, secret: SECRET_KEY }) }

/** The adapter towards the double, with short patience. */
export function openScannerOf(
  { url, certificate }: NessusDouble,
  {
    trust,
    credentials = KEYS,
    timeoutMs = 5000,
  }: { trust?: Trust; credentials?: Credentials; timeoutMs?: number } = {},
): Scanner {
  return openNessusScanner({
    id: 'nessus',
    server: { url, trust: trust ?? { kind: 'pin', sha256: certificate.sha256 }, timeoutMs },
    credentials,
    slots: 4,
    template: 'basic',
    policyId: null,
    folderId: null,
    patience: { tries: 5, firstMs: 10, mostMs: 2000 },
    exportPatience: { pollMs: 10, mostMs: 1000 },
  })
}
