import { z } from 'zod'
import { GatePolicy } from './verdict.ts'

/** What an operator sets about checking. Every key has a default; the configuration file holds them under the same names. */
export const CheckSettings = z.strictObject({
  /** How long a snapshot counts as fresh. */
  validitySeconds: z
    .number()
    .int()
    .min(1)
    .max(30 * 86_400)
    .default(3600),
  /** Other periods for repositories whose URL begins so; the longest match counts. */
  repositoryValidity: z
    .array(
      z.strictObject({
        urlPrefix: z.string().min(1),
        seconds: z
          .number()
          .int()
          .min(1)
          .max(365 * 86_400),
      }),
    )
    .max(1000)
    .default([]),
  /** A query waits at most this long for refreshes that it needs. */
  answerWithinSeconds: z.number().min(0).max(300).default(30),
  /** The whole of one repository's refresh. */
  refreshTimeoutSeconds: z.number().int().min(1).max(3600).default(120),
  policy: GatePolicy.default(GatePolicy.parse({})),
})
export type CheckSettings = z.infer<typeof CheckSettings>

/** The validity period of a repository by its title, which begins with its URL. */
export function validityFor(settings: CheckSettings): (title: string) => number {
  const byLength = settings.repositoryValidity.toSorted((a, b) => b.urlPrefix.length - a.urlPrefix.length)
  return (title) => byLength.find((entry) => title.startsWith(entry.urlPrefix))?.seconds ?? settings.validitySeconds
}
