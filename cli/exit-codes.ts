import { isFault } from '#shared/domain/fault.ts'

/** What every command ends with. New codes may be added: a program treats one that it does not know as "no verdict". */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  denied: 3,
  cannotTell: 4,
  notAllowed: 5,
  unreachable: 6,
  partly: 7,
  interrupted: 130,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export const EXIT_HELP = `
Exit codes:
  0    done; the machine may start ("warn" too, unless --strict)
  1    failed, no verdict
  2    wrong usage
  3    denied
  4    cannot tell: not registered, unknown, or the evidence is too old
  5    not allowed: no token, a wrong one, or one without this right
  6    the station cannot be reached
  7    done in part
  130  interrupted
A code that is not listed means no verdict.`

/** The exit code that a fault ends a command with. */
export function exitCodeOf(error: unknown): ExitCode {
  if (isFault(error, 'token_missing') || isFault(error, 'not_allowed')) return EXIT.notAllowed
  if (isFault(error, 'station_unreachable') || isFault(error, 'data_locked')) return EXIT.unreachable
  if (isFault(error, 'request_invalid') || isFault(error, 'name_invalid')) return EXIT.usage
  return EXIT.failed
}
