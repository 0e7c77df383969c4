import { Fault } from '#shared/domain/fault.ts'
import type { AnswerStatus } from './frame.ts'

/**
 * What an answer means for whoever asked. gvmd says 400 for nearly everything, so its words decide: they are those of GMP 22
 * (gvmd, `gmp_base.h` and the messages of each command).
 */
export type AnswerKind =
  | 'done'
  | 'gone'
  | 'credentials'
  | 'rights'
  | 'feed-not-loaded'
  | 'exists-already'
  | 'in-use'
  | 'active-already'
  | 'not-stopped'
  | 'busy'
  | 'input'

const WORDS: readonly (readonly [RegExp, AnswerKind])[] = [
  [/^Authentication failed|^Authenticate first|^Only command GET_VERSION/i, 'credentials'],
  [/^Permission denied|forbidden/i, 'rights'],
  [/exists already$/i, 'exists-already'],
  [/ is in use$/i, 'in-use'],
  [/ is active already$/i, 'active-already'],
  [/^Task must be in Stopped or Interrupted state/i, 'not-stopped'],
  [/already a task running in this process|in maintenance window|busy/i, 'busy'],
]

/** Scan configurations, port lists and scanners come from the feed: where they are unknown, it is not loaded yet. */
const FROM_FEED = /^Failed to find (config|port_list|scanner) /i

export function judgeAnswer({ code, text }: AnswerStatus): AnswerKind {
  if (code >= 200 && code < 300) return 'done'
  if (code === 404) return FROM_FEED.test(text) ? 'feed-not-loaded' : 'gone'
  if (code === 401) return 'credentials'
  if (code === 403) return 'rights'
  if (code === 409 || code >= 500) return 'busy'

  return WORDS.find(([words]) => words.test(text))?.[1] ?? 'input'
}

/** The fault for an answer that is not the one hoped for. */
export function refuse(status: AnswerStatus): Fault {
  const said = `${status.code} ${status.text}`.replace(/[^\x20-\x7e]/g, '?')
  const kind = judgeAnswer(status)
  switch (kind) {
    case 'credentials':
      return new Fault('scanner_refused', 'The scanner does not accept the user name or the password.')
    case 'rights':
      return new Fault('scanner_refused', `The account has not the rights for it: ${said}.`)
    case 'feed-not-loaded':
      return new Fault('scanner_unreachable', `The scanner has not loaded its feed yet: ${said}.`)
    case 'busy':
    case 'in-use':
    case 'active-already':
      return new Fault('scanner_unreachable', `The scanner is busy: ${said}.`)
    case 'done':
    case 'gone':
    case 'exists-already':
    case 'not-stopped':
    case 'input':
      return new Fault('scanner_refused', `The scanner refused it: ${said}.`)
    default:
      return kind satisfies never
  }
}
