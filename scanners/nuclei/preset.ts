import { z } from 'zod'

const Port = z.number().int().min(1).max(65_535)
const Tag = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,40}$/, 'must be a tag of small letters, digits and dashes')

/** What an administrator may set for nuclei: a list of what is allowed, each of which becomes its own argument. */
export const NucleiPreset = z.strictObject({
  /** Asked beside the address itself, for which templates know their own ports. */
  ports: z.array(Port).max(100).default([80, 443, 8080, 8443]),
  severities: z
    .array(z.enum(['info', 'low', 'medium', 'high', 'critical', 'unknown']))
    .min(1)
    .default(['info', 'low', 'medium', 'high', 'critical', 'unknown']),
  /** Only templates with one of these; none: all. */
  tags: z.array(Tag).max(100).default([]),
  /** Templates with one of these never run. */
  excludeTags: z.array(Tag).max(100).default(['dos', 'fuzz', 'fuzzing', 'intrusive', 'bruteforce', 'oast']),
  requestsPerSecond: z.number().int().min(1).max(5000).default(100),
  templatesAtOnce: z.number().int().min(1).max(500).default(25),
  requestTimeoutSeconds: z.number().int().min(1).max(120).default(10),
  retries: z.number().int().min(0).max(5).default(1),
})
export type NucleiPreset = z.infer<typeof NucleiPreset>
