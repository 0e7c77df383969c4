/** What plugin 19506 ("Nessus Scan Information") says about the scan of one host. */
export interface ScanInformation {
  readonly version: string
  readonly feedVersion: string
  /** null: no credentials got in, which may mean that none were given. */
  readonly credentialed: boolean | null
  readonly isParanoid: boolean
  /** `No port scanner was enabled during the scan. This may lead to incomplete results.` */
  readonly warnings: readonly string[]
}

const MAX_LINES = 300

/** Reads the output of plugin 19506: lines `name : value` and lines that begin with WARNING. */
export function readScanInformation(output: string): ScanInformation {
  const values = new Map<string, string>()
  const warnings: string[] = []
  for (const line of output.split('\n', MAX_LINES)) {
    const text = line.trim()
    if (/^WARNING\b/.test(text)) warnings.push(text.replace(/^WARNING\s*:?\s*/, ''))
    const colon = text.indexOf(' : ')
    if (colon > 0) values.set(text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 3).trim())
  }
  return {
    version: values.get('nessus version')?.split(' ')[0] ?? '',
    feedVersion: values.get('plugin feed version') ?? '',
    credentialed: values.get('credentialed checks')?.startsWith('yes') === true ? true : null,
    isParanoid: Number(values.get('paranoia level') ?? '1') >= 2,
    warnings,
  }
}
