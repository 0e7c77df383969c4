import type { FaultCode } from '#shared/domain/fault.ts'
import { tarGzOf } from './tar-builder.ts'

/** What must become of a case. Never a crash, never silence about what is missing. */
export type Demand =
  /** Refused with one of these codes; `file` is what the fault must name. */
  | { readonly outcome: 'refused'; readonly codes: readonly FaultCode[]; readonly file?: string }
  /** Taken, and a warning or problem says so in these words. */
  | { readonly outcome: 'told'; readonly says: RegExp }
  /** Taken, and a problem says so in these words: later answers are `unknown`. */
  | { readonly outcome: 'unknown'; readonly says: RegExp }
  /** Taken as if it were harmless, because it is: no problem, and nothing installed is lost. */
  | { readonly outcome: 'taken'; readonly packages: number }

/** One hostile body, as it would be sent to `PUT /v1/machines/{name}/evidence`. Made anew at each call: nothing large is kept. */
export interface HostileCase {
  readonly name: string
  readonly body: () => AsyncIterable<Uint8Array>
  readonly demand: Demand
}

/** A lawful machine that each case spoils in one place: two packages, one repository with a key. */
export const BASE_FILES: Readonly<Record<string, string | Uint8Array>> = {
  'etc/apt/keyrings/a.asc': '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ==\n-----END PGP PUBLIC KEY BLOCK-----\n',
  'etc/apt/sources.list':
    'deb [signed-by=/etc/apt/keyrings/a.asc] http://mirror.example.org/debian bookworm main\n' +
    'deb [signed-by=/etc/apt/keyrings/a.asc] http://mirror.example.org/security bookworm-security main\n',
  'etc/machine-id': '0123456789abcdef0123456789abcdef\n',
  'etc/os-release': 'ID=debian\nVERSION_ID="12"\n',
  'lazaret/architecture': 'amd64\n',
  'var/lib/dpkg/status': `${stanza('hello')}\n${stanza('apt')}`,
}
export const BASE_PACKAGES = 2

/** A whole entry of a status file. */
export function stanza(name: string, more = ''): string {
  return `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0-1\n${more}Description: x\n`
}

/** The lawful machine with some files replaced, added or (null) taken away, packed. */
export function spoil(files: Readonly<Record<string, string | Uint8Array | null>>): () => AsyncIterable<Uint8Array> {
  return async function* body() {
    const merged = new Map<string, string | Uint8Array | null>([
      ...Object.entries(BASE_FILES),
      ...Object.entries(files),
    ])
    yield tarGzOf([...merged].flatMap(([name, data]) => (data === null ? [] : [{ name, data }])))
  }
}

export const refused = (file?: string, ...codes: FaultCode[]): Demand => ({
  outcome: 'refused',
  codes: codes.length === 0 ? ['evidence_malformed'] : codes,
  ...(file === undefined ? {} : { file }),
})
export const told = (says: RegExp): Demand => ({ outcome: 'told', says })
export const unknown = (says: RegExp): Demand => ({ outcome: 'unknown', says })
export const taken = (packages = BASE_PACKAGES): Demand => ({ outcome: 'taken', packages })
