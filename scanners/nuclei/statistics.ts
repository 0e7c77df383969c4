import { z } from 'zod'

const Count = z.union([z.string().regex(/^\d{1,15}$/), z.number().int().nonnegative()]).transform(Number)

/** A line of `-stats-json`, which nuclei writes to its standard error while it runs and once more at its end. Numbers are texts there. */
const Statistics = z.object({
  requests: Count,
  matched: Count,
  errors: Count,
  percent: Count,
  total: Count,
  templates: Count,
})
export type Statistics = z.infer<typeof Statistics>

/** The numbers of a line of statistics; null for any other object. */
export function readStatistics(value: unknown): Statistics | null {
  const parsed = Statistics.safeParse(value)
  return parsed.success ? parsed.data : null
}

/** What the last statistics leave in doubt; nothing: the run reached its end and the target answered. */
export function listDoubts(statistics: Statistics, linesRead: number): string[] {
  const { requests, matched, errors, percent, total } = statistics
  const doubts: string[] = []
  if (percent < 100 || requests < total) doubts.push(`nuclei stopped at ${requests} of ${total} requests`)
  if (requests === 0) doubts.push('nuclei sent no request')
  else if (errors >= requests) doubts.push('no request was answered: the target cannot be reached')
  if (linesRead < matched) doubts.push(`the report holds ${linesRead} of ${matched} matches`)
  return doubts
}
