import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { packEvidence } from '#shared/domain/evidence-archive.ts'
import { evidenceOf, statusEntry } from './apt-evidence.ts'
import type { MisbehavingServer } from './misbehaving-server.ts'
import { makeArchive, stanza } from './signed-archive.ts'

/** What clients did to a station, over all its lives. */
export interface Load {
  /** The last number that was sent, and the last that was answered with success, by machine. */
  readonly sent: Map<string, number>
  readonly acknowledged: Map<string, number>
  /** Ids of the checks that were accepted. */
  readonly accepted: string[]
  /** Archives by their machine and number. */
  readonly archiveOf: (machine: string, number: number) => Uint8Array
  /** Any answer that is neither success nor 429. */
  readonly trouble: string[]
}

/** The archive offers this version of the first packages, at `/debian`, `stable`, `main`. */
export async function publishVersion(archive: MisbehavingServer, version: number): Promise<void> {
  const packages = Array.from({ length: 3 }, (_, at) => stanza({ Package: `p${at}`, Version: String(version) }))
  const made = await makeArchive({ indexes: { 'main/amd64': packages.join('') }, date: new Date() })
  for (const [path, body] of made.files) archive.set(`/debian/dists/stable/${path}`, { kind: 'serve', body })
}

/** The line of a `sources.list` that names what `publishVersion` publishes. */
export function sourceLineOf(archive: MisbehavingServer): string {
  return `deb [trusted=yes arch=amd64] ${archive.origin}/debian stable main`
}

/** Compressed it stays longer than 128 KiB, so that a half-written archive would show. */
const FILLER = randomBytes(150 * 1024).toString('base64')

export function openLoad(sourceLine: string): Load {
  return {
    sent: new Map(),
    acknowledged: new Map(),
    accepted: [],
    trouble: [],
    archiveOf: (machine, number) => {
      const numbered = Array.from({ length: number }, (_, at) => statusEntry({ Package: `p${at}`, Version: '1' }))
      const filler = statusEntry({ Package: `filler-of-${machine}`, Version: '1', Description: FILLER })
      return packEvidence(
        evidenceOf({
          'var/lib/dpkg/status': [filler, ...numbered].join(''),
          'var/lib/dpkg/arch': 'amd64\n',
          'etc/os-release': 'ID=debian\nVERSION_ID="12"\n',
          'etc/apt/sources.list': `${sourceLine}\n`,
        }),
      )
    },
  }
}

/** The number of the evidence that a machine shows: how many packages it has besides the filler. */
export function numberOf(machine: { packages: number }): number {
  return machine.packages - 1
}

const Accepted = z.looseObject({ id: z.string() })

/**
 * One client: registers its machines with higher and higher numbers, and asks for a check after every second, until the station does
 * not answer any more, or it has enough. `heard` is called right after each answer.
 */
export async function putLoad(
  load: Load,
  client: {
    url: string
    token: string
    machines: readonly string[]
    heard: () => void
    hasEnough?: () => boolean
  },
): Promise<void> {
  for (let turn = 0; client.hasEnough?.() !== true; turn += 1) {
    const machine = client.machines[turn % client.machines.length] ?? ''
    const number = (load.sent.get(machine) ?? 0) + 1
    const archive = load.archiveOf(machine, number)
    load.sent.set(machine, number)
    const body = { body: archive, type: 'application/gzip' }
    const answer = await send(client, 'PUT', `/v1/machines/${machine}/evidence`, body)
    if (answer === null) return

    if (answer.status < 300) load.acknowledged.set(machine, number)
    else if (answer.status !== 429) load.trouble.push(`${answer.status} ${answer.text}`)
    client.heard()
    if (turn % 2 !== 0 || !load.acknowledged.has(machine)) continue

    const question = { body: Buffer.from(JSON.stringify({ machine, force: turn % 4 === 0 })), type: 'application/json' }
    const check = await send(client, 'POST', '/v1/checks', question)
    if (check === null) return
    if (check.status === 202) load.accepted.push(Accepted.parse(JSON.parse(check.text)).id)
    else load.trouble.push(`${check.status} ${check.text}`)
    client.heard()
  }
}

/** null: no answer, or not all of it. */
async function send(
  client: { url: string; token: string },
  method: string,
  path: string,
  what: { body: Uint8Array; type: string },
): Promise<{ status: number; text: string } | null> {
  try {
    const response = await fetch(client.url + path, {
      method,
      body: new Uint8Array(what.body),
      headers: { authorization: `Bearer ${client.token}`, 'content-type': what.type },
    })
    return { status: response.status, text: await response.text() }
  } catch {
    return null
  }
}
