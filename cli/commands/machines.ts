import { describeAge, plural } from '#shared/domain/text.ts'
import { z } from 'zod'
import { ask, withClient } from '../ask.ts'
import { EXIT } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { terminalOf } from '../options.ts'
import type { Options } from '../program.ts'
import { printTable } from '../table.ts'

/** What the list shows of a machine; the API may say more. */
const Row = z.looseObject({
  name: z.string(),
  osName: z.string().nullable(),
  evidenceAt: z.string(),
  packages: z.number(),
  freshness: z.string(),
  counts: z.looseObject({ security: z.number(), updates: z.number() }).nullable(),
})
const Page = z.looseObject({ items: z.array(Row), cursor: z.string().nullable() })

/** `lazaret machines` */
export async function machines(options: Options): Promise<ExitCode> {
  const rows = await withClient(options, async (client) => {
    const all: z.infer<typeof Row>[] = []
    let cursor: string | null = null
    do {
      const query: string = cursor === null ? '?limit=500' : `?limit=500&cursor=${encodeURIComponent(cursor)}`
      const page: z.infer<typeof Page> = await ask(client, Page, ['GET', `/v1/machines${query}`])
      all.push(...page.items)
      cursor = page.cursor
    } while (cursor !== null)
    return all
  })
  const terminal = terminalOf(options)
  if (options.json === true) {
    terminal.printJson({ schema: 'lazaret.machines/1', machines: rows })
    return EXIT.done
  }

  const now = new Date()
  printTable(
    terminal,
    ['MACHINE', 'SYSTEM', 'EVIDENCE', 'PACKAGES', 'SECURITY', 'UPDATES', 'STATE'],
    rows.map((row) => [
      row.name,
      row.osName ?? '?',
      `${describeAge(row.evidenceAt, now)} old`,
      String(row.packages),
      row.counts === null
        ? '?'
        : { text: String(row.counts.security), tone: row.counts.security > 0 ? ('bad' as const) : ('plain' as const) },
      row.counts === null ? '?' : String(row.counts.updates),
      row.freshness,
    ]),
  )
  terminal.say(
    rows.length === 0
      ? 'No machine is registered yet. "lazaret register" registers this one.'
      : plural(rows.length, 'machine'),
  )
  return EXIT.done
}
