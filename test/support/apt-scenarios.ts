import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { decompressSync } from '@napi-rs/lzma/xz'
import { z } from 'zod'

import { readEvidenceFolder } from '#adapters/embedded/evidence-folder.ts'
import { sha256 } from '#shared/domain/canonical-json.ts'
import type { Evidence } from '#shared/domain/evidence.ts'
import { checkApt } from '#shared/domain/packaging/apt/check/check.ts'
import { openAptList } from '#shared/domain/packaging/apt/refresh/list-format.ts'
import type { AptInventory, AptPolicy, AptRepository } from '#shared/domain/packaging/apt/model.ts'
import { APT_EVIDENCE_PATHS, readAptEvidence } from '#shared/domain/packaging/apt/evidence/read-evidence.ts'
import { refreshAptRepository } from '#shared/domain/packaging/apt/refresh/refresh.ts'
import type { Download, OpenList, ReadEvidence, Snapshot } from '#shared/domain/packaging/package-system.ts'
import type { CheckOutcome } from '#shared/domain/packaging/update.ts'

/** One machine of the samples: a folder with its files, the archives it uses, and what real apts said of it. */
export interface Scenario {
  readonly name: string
  readonly folder: string
  /** By version of apt. */
  readonly expected: ReadonlyMap<string, Expected>
}

export const Expected = z.object({
  upgradable: z.array(z.object({ package: z.string(), from_: z.string(), to: z.string(), arch: z.string() })),
  aptUpgrade: z.object({ upgrade: z.array(z.tuple([z.string(), z.string()])).default([]) }),
  update: z.object({ rc: z.number() }).optional(),
})
export type Expected = z.infer<typeof Expected>

/** The time of the samples: their releases are fresh, expired or of the future by it. */
const NOW = new Date('2026-11-23T12:00:00Z')

export function listScenarios(folder: string): Scenario[] {
  if (!existsSync(folder)) return []

  return readdirSync(folder)
    .toSorted()
    .map((name) => ({ name, folder: join(folder, name), expected: readExpected(join(folder, name)) }))
}

function readExpected(folder: string): Map<string, Expected> {
  const all = join(folder, 'expected-all.json')
  if (existsSync(all)) return new Map(Object.entries(z.record(z.string(), Expected).parse(readJson(all))))

  const one = readJson(join(folder, 'expected.json'))
  return new Map([[z.object({ apt: z.string() }).parse(one).apt, Expected.parse(one)]])
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}

export interface ReadScenario {
  readonly read: ReadEvidence<AptInventory, AptPolicy, AptRepository>
  readonly machineId: string | null
  readonly sources: readonly { repository: AptRepository; snapshot: Snapshot | null }[]
  readonly lists: ReadonlyMap<string, OpenList>
  /** Why a repository gave no snapshot. */
  readonly refusals: readonly string[]
}

/** Evidence read as of a machine with that apt, repositories refreshed, from the scenario's own files and nothing else. */
export async function readScenario(scenario: Scenario, aptVersion: string): Promise<ReadScenario> {
  const read = readAptEvidence(await readEvidence(scenario, aptVersion))
  const lists = new Map<string, OpenList>()
  const sources: { repository: AptRepository; snapshot: Snapshot | null }[] = []
  const refusals: string[] = []
  for (const repository of read.repositories) {
    const outcome = await refreshAptRepository(reachable(repository), {
      previous: null,
      now: NOW,
      download: async ({ url }) => download(scenario, url),
      keyring: async (name) => read.keyrings.get(name) ?? new Uint8Array(),
      hasList: async (key) => lists.has(key),
      writeList: async (key, bytes) => void lists.set(key, openAptList(bytes)),
    })
    if ('reason' in outcome) refusals.push(outcome.reason)
    sources.push({ repository, snapshot: 'snapshot' in outcome ? outcome.snapshot : null })
  }
  return { read, machineId: read.system.machineId, sources, lists, refusals }
}

export function checkScenario({ read, machineId, sources, lists }: ReadScenario): CheckOutcome {
  const { inventory, policy, problems } = read
  return checkApt({ inventory, policy, machineId, sources, lists, problems })
}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

const STATUS = 'var/lib/dpkg/status'

/** The small machines leave apt itself out, as they are for several versions of it: it is added. */
async function readEvidence({ folder }: Scenario, aptVersion: string): Promise<Evidence> {
  const { evidence } = await readEvidenceFolder(folder, APT_EVIDENCE_PATHS)
  const keyring = existsSync(KEYRING) ? [[KEYRING.slice(1), readFileSync(KEYRING)] as const] : []
  const files = new Map([...evidence.files, ...keyring])
  const status = Buffer.from(files.get(STATUS) ?? '').toString('utf8')
  if (!/^Package: apt$/m.test(status)) {
    const entry = `Package: apt\nStatus: install ok installed\nArchitecture: all\nVersion: ${aptVersion}\n`
    files.set(STATUS, Buffer.from(`${entry}\n${status}`))
  }
  return { files }
}

/** The samples' archives lie in a folder; where Debian's keys are not installed, its lists are taken as they are. */
function reachable(repository: AptRepository): AptRepository {
  const trust = existsSync(KEYRING) ? repository.trust : ({ kind: 'always' } as const)
  return { ...repository, unreachable: null, trust }
}

function download(scenario: Scenario, url: string): Download {
  const body = findFile(scenario, url)
  return {
    status: body === null ? 404 : 200,
    headers: {},
    body: (async function* () {
      if (body !== null) yield body
    })(),
    cancel: async () => {},
  }
}

function findFile(scenario: Scenario, url: string): Uint8Array | null {
  const local = /^file:(?:\/\/)?\/scn\/[^/]+\/(.*)$/.exec(url)?.[1]
  if (local !== undefined) return readFile(join(scenario.folder, local))

  const name = url.replace(/^https?:\/\//, '')
  const listed = /^(.*\/)(?:by-hash\/SHA\d+\/([0-9a-f]+)|Packages)$/.exec(name)
  if (listed === null) {
    return name.endsWith('Release') ? readFile(join(scenario.folder, 'lists', name.replaceAll('/', '_'))) : null
  }
  // As apt names lists on disk. They were packed again there, so only the plain form is what the Release file vouches for.
  const packed = readFile(join(scenario.folder, 'lists', `${listed[1]}Packages.xz`.replaceAll('/', '_')))
  const plain = packed === null ? null : decompressSync(packed)
  const isOther = listed[2] !== undefined && plain !== null && sha256(plain) !== listed[2]
  return isOther ? null : plain
}

function readFile(path: string): Uint8Array | null {
  return existsSync(path) ? readFileSync(path) : null
}
