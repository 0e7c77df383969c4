import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import { ask, withClient } from '../ask.ts'
import type { Client } from '../client.ts'
import { EXIT } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { terminalOf } from '../options.ts'
import type { Options } from '../program.ts'

const Report = z.looseObject({ status: z.string(), reason: z.string().optional() })
const Row = z.looseObject({ id: z.string(), title: z.string() })
type Row = z.infer<typeof Row>
const Page = z.looseObject({ items: z.array(Row), cursor: z.string().nullable() })

/** What each ending means, for a person. */
const MEANINGS: Readonly<Record<string, string>> = {
  changed: 'changed',
  unchanged: 'asked, nothing new',
  current: 'not asked, still within its validity (--force asks anyway)',
  busy: 'being refreshed by someone else at this moment',
}

/** `lazaret refresh [REPOSITORY]`: one by the beginning of its id or a part of its title, or all; 7 when some could not be refreshed. */
export async function refresh(wanted: string | undefined, options: Options): Promise<ExitCode> {
  const terminal = terminalOf(options)
  const results = await withClient(options, async (client) => {
    const repositories = await findRepositories(client, wanted)
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
  for (const { title, status, reason } of options.json === true ? [] : results) {
    terminal.print(`${title}: ${reason === '' ? (MEANINGS[status] ?? status) : `${status} – ${reason}`}`)
  }
  if (results.length === 0) terminal.say('No repository is known yet: they come with the first machine.')

  const failed = results.filter((result) => result.reason !== '').length
  if (failed === 0) return EXIT.done
  return failed === results.length ? EXIT.failed : EXIT.partly
}

/** @throws Fault `not_found` when none of those that are known is meant */
async function findRepositories(client: Client, wanted: string | undefined): Promise<Row[]> {
  const found: Row[] = []
  let cursor: string | null = null
  do {
    const query: string = cursor === null ? '?limit=500' : `?limit=500&cursor=${encodeURIComponent(cursor)}`
    const page: z.infer<typeof Page> = await ask(client, Page, ['GET', `/v1/repositories${query}`])
    found.push(
      ...page.items.filter((row) => wanted === undefined || row.id.startsWith(wanted) || row.title.includes(wanted)),
    )
    cursor = page.cursor
  } while (cursor !== null)
  if (found.length > 0 || wanted === undefined) return found

  throw new Fault(
    'not_found',
    `No repository is called "${wanted}", or has that in its name. "lazaret refresh" takes all.`,
  )
}
