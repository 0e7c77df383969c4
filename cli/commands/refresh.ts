import { z } from 'zod'
import { ask, withClient } from '../ask.ts'
import { EXIT } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { terminalOf } from '../options.ts'
import type { Options } from '../program.ts'

const Report = z.looseObject({ status: z.string(), reason: z.string().optional() })
const Row = z.looseObject({ id: z.string(), title: z.string() })
const Page = z.looseObject({ items: z.array(Row), cursor: z.string().nullable() })

/** `lazaret refresh [REPOSITORY]`: one by id or title, or all; 7 when some could not be refreshed. */
export async function refresh(wanted: string | undefined, options: Options): Promise<ExitCode> {
  const terminal = terminalOf(options)
  const results = await withClient(options, async (client) => {
    const repositories: z.infer<typeof Row>[] = []
    let cursor: string | null = null
    do {
      const query: string = cursor === null ? '?limit=500' : `?limit=500&cursor=${encodeURIComponent(cursor)}`
      const page: z.infer<typeof Page> = await ask(client, Page, ['GET', `/v1/repositories${query}`])
      repositories.push(
        ...page.items.filter((row) => wanted === undefined || row.id.startsWith(wanted) || row.title.includes(wanted)),
      )
      cursor = page.cursor
    } while (cursor !== null)
    const done: { title: string; status: string; reason: string }[] = []
    for (const { id, title } of repositories) {
      terminal.say(`Refreshing ${title} …`)
      const json = { force: options.force === true, acceptChanges: options.acceptChanges === true }
      const report = await ask(client, Report, ['POST', `/v1/repositories/${id}/refresh`, { json }])
      done.push({ title, status: report.status, reason: report.reason ?? '' })
    }
    return done
  })
  if (options.json === true) terminal.printJson({ schema: 'lazaret.refresh/1', repositories: results })
  else
    for (const result of results)
      terminal.print(`${result.title}: ${result.status}${result.reason === '' ? '' : ` – ${result.reason}`}`)

  const failed = results.filter((result) => result.reason !== '').length
  if (failed === 0) return EXIT.done
  return failed === results.length ? EXIT.failed : EXIT.partly
}
