import { z } from 'zod'

/** What tests read of an answer; everything else of it is there as well. */
const Item = z.looseObject({
  name: z.string().default(''),
  title: z.string().default(''),
  id: z.string().default(''),
  candidate: z.string().nullable().default(null),
  freshness: z.string().default(''),
  code: z.string().default(''),
})
const Answered = z.looseObject({
  items: z.array(Item).default([]),
  updates: z.array(Item).default([]),
  machines: z.unknown().optional(),
  reasons: z.array(z.unknown()).default([]),
  cursor: z.string().nullable().default(null),
  id: z.string().default(''),
  status: z.unknown().optional(),
  /** '' where there is none. */
  freshness: z.string().default(''),
  decision: z.string().default(''),
  detail: z.string().default(''),
  sentence: z.string().default(''),
  command: z.string().nullable().default(null),
  token: z.looseObject({ id: z.string() }).default({ id: '' }),
})
export type Answered = z.infer<typeof Answered>

/** The answer's JSON. @throws when it is no JSON object */
export async function answered(response: Response): Promise<Answered> {
  return Answered.parse(await response.json())
}
