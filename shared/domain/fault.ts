/**
 * Every fault that Lazaret raises on purpose, named by what to do next.
 * `retry` true: the same call may work later. false: it needs a person or another input.
 * `httpStatus` is what the API answers; `docs/errors.md` is generated from this table.
 */
export const FAULTS = {
  evidence_malformed: {
    retry: false,
    httpStatus: 422,
    meaning: 'A file in the evidence cannot be read as what it should be.',
  },
  evidence_unrecognised: { retry: false, httpStatus: 422, meaning: 'No package system recognises the evidence.' },
  evidence_too_large: {
    retry: false,
    httpStatus: 413,
    meaning: 'The evidence, or what it unpacks to, is beyond a limit.',
  },
  name_invalid: { retry: false, httpStatus: 400, meaning: 'A machine name is not a valid name.' },
  request_invalid: { retry: false, httpStatus: 400, meaning: 'The request does not have the right shape.' },
  media_unsupported: {
    retry: false,
    httpStatus: 415,
    meaning: 'The body is of a type or encoding that is not taken here.',
  },
  not_found: { retry: false, httpStatus: 404, meaning: 'There is no such thing.' },
  token_missing: { retry: false, httpStatus: 401, meaning: 'No token was sent, or not a valid one.' },
  not_allowed: { retry: false, httpStatus: 403, meaning: 'The token does not allow this.' },
  conflict: { retry: true, httpStatus: 409, meaning: 'Someone else changed the same thing at the same time.' },
  too_many_requests: { retry: true, httpStatus: 429, meaning: 'A quota or rate limit is used up for now.' },
  quota_exceeded: { retry: false, httpStatus: 422, meaning: 'The machine asks for more than one machine may.' },
  repository_unreachable: { retry: true, httpStatus: 502, meaning: 'A repository did not answer, or not in time.' },
  repository_refused: {
    retry: false,
    httpStatus: 502,
    meaning: 'What a repository offers is not to be trusted: signature, checksum, validity or form.',
  },
  address_refused: {
    retry: false,
    httpStatus: 422,
    meaning: 'The address is private, local or otherwise not allowed.',
  },
  report_malformed: {
    retry: false,
    httpStatus: 422,
    meaning: 'A scanner report cannot be read as what it should be: cut, of another kind, or not well-formed.',
  },
  report_too_large: { retry: false, httpStatus: 413, meaning: 'A scanner report is beyond a limit.' },
  scanner_unreachable: { retry: true, httpStatus: 502, meaning: 'A scanner did not answer, or not in time.' },
  scanner_refused: {
    retry: false,
    httpStatus: 502,
    meaning: 'A scanner will not do it: credentials, rights, licence or input.',
  },
  hypervisor_unreachable: { retry: true, httpStatus: 502, meaning: 'A hypervisor did not answer, or not in time.' },
  hypervisor_refused: { retry: false, httpStatus: 502, meaning: 'A hypervisor will not do it.' },
  config_invalid: {
    retry: false,
    httpStatus: 500,
    meaning: 'The configuration file or an environment variable is wrong.',
  },
  data_locked: { retry: true, httpStatus: 503, meaning: 'Another station works on the same data folder.' },
  data_damaged: { retry: false, httpStatus: 500, meaning: 'A stored object or table is not what it should be.' },
  storage_unavailable: {
    retry: true,
    httpStatus: 503,
    meaning: 'The data folder cannot be read or written now: full, read-only, or too many open files.',
  },
  station_unreachable: { retry: true, httpStatus: 503, meaning: 'The station does not answer.' },
  unexpected: { retry: false, httpStatus: 500, meaning: 'A defect of Lazaret itself.' },
} as const

export type FaultCode = keyof typeof FAULTS

/** Where in the input the trouble is: a path inside the evidence or a URL, and a line (from 1) where that is known. */
export interface FaultPlace {
  file?: string
  line?: number
}

/** The one error class. `message` is one sentence for a person and holds no secret; `place` says where to look. */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: FaultCode
  readonly place: FaultPlace

  constructor(code: FaultCode, message: string, options: { cause?: unknown; place?: FaultPlace } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.place = options.place ?? {}
  }

  get retry(): boolean {
    return FAULTS[this.code].retry
  }
}

/** True for a Fault, optionally of one code. */
export function isFault(error: unknown, code?: FaultCode): error is Fault {
  return error instanceof Fault && (code === undefined || error.code === code)
}

/** `etc/apt/sources.list:3` – how a place is printed everywhere. */
export function describePlace(place: FaultPlace): string {
  if (place.file === undefined) return ''

  return place.line === undefined ? place.file : `${place.file}:${place.line}`
}
