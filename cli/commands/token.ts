import { z } from 'zod'
import { Token } from '#shared/domain/token.ts'
import { ask, withClient } from '../ask.ts'
import { EXIT } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { numberOption, terminalOf, textOption } from '../options.ts'
import type { Options } from '../program.ts'
import { printTable } from '../table.ts'

const Issued = z.looseObject({ token: Token, secret: z.string() })

/** `lazaret token create`: the token goes to standard output alone, so that a script can keep it. */
export async function createToken(options: Options): Promise<ExitCode> {
  const days = numberOption(options, 'days')
  const json = {
    role: textOption(options, 'role'),
    label: textOption(options, 'label') ?? '',
    owner: textOption(options, 'owner') ?? null,
    machine: textOption(options, 'machine') ?? null,
    expiresAt: days === undefined ? null : new Date(Date.now() + days * 86_400_000).toISOString(),
  }
  const issued = await withClient(options, (client) => ask(client, Issued, ['POST', '/v1/tokens', { json }]), {
    makesFolder: true,
  })
  const terminal = terminalOf(options)
  if (options.json === true) terminal.printJson(issued)
  else {
    terminal.say(`Token ${issued.token.id} (${issued.token.role}). It is shown this once:`)
    terminal.print(issued.secret)
  }
  return EXIT.done
}

/** `lazaret token list` */
export async function listTokens(options: Options): Promise<ExitCode> {
  const shape = z.looseObject({ items: z.array(Token) })
  const { items } = await withClient(options, (client) => ask(client, shape, ['GET', '/v1/tokens']))
  const terminal = terminalOf(options)
  if (options.json === true) terminal.printJson({ schema: 'lazaret.tokens/1', tokens: items })
  else {
    const rows = items.map((token) => [
      token.id,
      token.role,
      token.machine ?? token.owner ?? '',
      token.label,
      token.createdAt,
      token.expiresAt ?? 'never',
    ])
    printTable(terminal, ['ID', 'ROLE', 'FOR', 'LABEL', 'CREATED', 'ENDS'], rows)
  }
  return EXIT.done
}

/** `lazaret token revoke ID` */
export async function revokeToken(id: string, options: Options): Promise<ExitCode> {
  await withClient(options, (client) => client.request('DELETE', `/v1/tokens/${encodeURIComponent(id)}`))
  terminalOf(options).say(`Revoked: ${id}`)
  return EXIT.done
}
