import { transportTroubles } from '../hostile-repositories/transport-cases.ts'
import { PRIMARY, REPOMD, SIGNATURE } from './repository.ts'
import { FAILED, hostile, type YumCase } from './yum-case.ts'

const BODY = Buffer.alloc(3000, 'x')

/** Servers that fail or attack below HTTP's contents: for repomd.xml, for its signature, and for the package list. */
export function yumTransportCases(canary: string): YumCase[] {
  return transportTroubles(canary).flatMap(({ name, behaviour, isSlow }) =>
    [
      ['repomd', REPOMD],
      ['asc', SIGNATURE],
      ['list', PRIMARY],
    ].map(([what, path = '']) =>
      hostile(
        `${what}-${name}`,
        FAILED,
        { behave: (served) => ({ [path]: behaviour(served.get(path) ?? BODY) }) },
        {
          isSlow: isSlow === true,
          ...(what === 'asc' && !name.startsWith('status-40')
            ? { dnfNotAsked: 'a signature that is not there is like one that is broken' }
            : {}),
        },
      ),
    ),
  )
}
