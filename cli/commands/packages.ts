import { z } from 'zod'
import { ask, withClient } from '../ask.ts'
import { EXIT } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { terminalOf } from '../options.ts'
import type { Options } from '../program.ts'
import { printTable } from '../table.ts'

const Row = z.looseObject({
  name: z.string(),
  installed: z.number(),
  outdated: z.number(),
  kind: z.string().nullable(),
})
const Page = z.looseObject({ items: z.array(Row), cursor: z.string().nullable() })
const Detail = z.looseObject({
  name: z.string(),
  machines: z.array(
    z.looseObject({
      machine: z.string(),
      installed: z.string(),
      candidate: z.string().nullable(),
      kind: z.string().nullable(),
    }),
  ),
})

/** `lazaret packages [NAME]` */
export async function packages(name: string | undefined, options: Options): Promise<ExitCode> {
  const terminal = terminalOf(options)
  if (name !== undefined) {
    const detail = await withClient(options, (client) =>
      ask(client, Detail, ['GET', `/v1/packages/${encodeURIComponent(name)}`]),
    )
    if (options.json === true) terminal.printJson(detail)
    else {
      const rows = detail.machines.map((row) => [
        row.machine,
        row.installed,
        row.candidate === null ? '' : `→ ${row.candidate}`,
        row.kind ?? '',
      ])
      printTable(terminal, ['MACHINE', 'INSTALLED', 'CANDIDATE', 'KIND'], rows)
      if (rows.length === 0) terminal.print(`No machine has ${name}.`)
    }
    return EXIT.done
  }

  const rows = await withClient(options, async (client) => {
    const all: z.infer<typeof Row>[] = []
    let cursor: string | null = null
    do {
      const outdated = options.outdated === true ? '&outdated=true' : ''
      const next: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const page: z.infer<typeof Page> = await ask(client, Page, ['GET', `/v1/packages?limit=500${outdated}${next}`])
      all.push(...page.items)
      cursor = page.cursor
    } while (cursor !== null)
    return all
  })
  if (options.json === true) terminal.printJson({ schema: 'lazaret.packages/1', packages: rows })
  else {
    const lines = rows.map((row) => [row.name, String(row.installed), String(row.outdated), row.kind ?? ''])
    printTable(terminal, ['PACKAGE', 'MACHINES', 'OUTDATED', 'KIND'], lines)
  }
  return EXIT.done
}
