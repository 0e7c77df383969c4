import { bodies, evidence, media, prototypes, tokens } from './abusive-contents.ts'
import { scans } from './abusive-scans.ts'
import { cursors, methods, names, paths, queries } from './abusive-targets.ts'

/** One abusive request over a real connection, and the answers that are right for it. */
export interface Abuse {
  readonly name: string
  readonly method: string
  /** The request target as it goes over the wire. */
  readonly path: string
  /** Name and value alternate, so that a header may come twice. */
  readonly headers: readonly string[]
  readonly body?: Buffer
  readonly expected: readonly number[]
}

export interface AbuseWorld {
  readonly admin: string
  readonly gate: string
}

/** A token left out is the administrator's; null: none is sent. */
export type AbuseRow = Omit<Abuse, 'headers'> & { readonly headers?: readonly string[]; readonly token?: string | null }

/** The whole corpus. The same seed and tokens give the same requests. */
export function listAbuse(seed: number, world: AbuseWorld): Abuse[] {
  const rows: readonly AbuseRow[] = [
    ...methods(),
    ...paths(),
    ...names(seed),
    ...queries(),
    ...cursors(seed),
    ...bodies(),
    ...media(),
    ...tokens(world),
    ...evidence(),
    ...prototypes(),
    ...scans(),
  ]
  return rows.map(({ headers = [], token, ...row }) => {
    const secret = token === undefined ? world.admin : token
    return { ...row, headers: [...(secret === null ? [] : ['Authorization', `Bearer ${secret}`]), ...headers] }
  })
}
