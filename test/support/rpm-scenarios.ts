import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { z } from 'zod'

import { readEvidenceFolder } from '#adapters/embedded/evidence-folder.ts'
import type { Download, OpenList, ReadEvidence, Snapshot } from '#shared/domain/packaging/package-system.ts'
import { checkRpm } from '#shared/domain/packaging/rpm/check/check.ts'
import { readRpmEvidence, RPM_EVIDENCE_PATHS } from '#shared/domain/packaging/rpm/evidence/read-evidence.ts'
import type { RpmInventory, RpmPolicy, RpmRepository, RpmTool } from '#shared/domain/packaging/rpm/model.ts'
import { openRpmList } from '#shared/domain/packaging/rpm/refresh/list-format.ts'
import { refreshRpmRepository } from '#shared/domain/packaging/rpm/refresh/refresh.ts'
import type { CheckOutcome } from '#shared/domain/packaging/update.ts'

const Listed = z.object({ name: z.string(), arch: z.string(), evr: z.string() })

const Dnf4 = z.object({
  /** Absent where dnf gave up. */
  checkUpdate: z.array(Listed).optional(),
  checkUpdateObsoletes: z.array(z.object({ new: z.string(), old: z.string() })).default([]),
  upgradeSecurity: z.array(z.string()).nullish(),
  upgrade_best0: z.object({ transaction: z.array(Listed).default([]) }).optional(),
  upgrade_best1: z.object({ error: z.string().nullable() }).optional(),
})

const Dnf5 = z.object({
  checkUpgradeJson: z.object({ upgrades: z.array(Listed).default([]) }).nullish(),
  checkUpgradeRc: z.number(),
  upgradeSecurity: z.array(z.string()).nullish(),
  upgrade_best0: z.object({ transaction: z.array(Listed).default([]) }).optional(),
  upgrade_best1: z.object({ problems: z.array(z.string()) }).optional(),
})

const Zypper = z.object({
  listUpdatesAll: z.array(Listed),
  listPatches: z.array(z.object({ name: z.string(), category: z.string() })),
  update: z.object({ 'to-upgrade': z.array(z.string()).default([]), 'to-install': z.array(z.string()).default([]) }),
})

const Expected = z.object({ 'dnf5-5.4.6.0': Dnf5, 'dnf4-4.23.0': Dnf4, 'zypper-1.14.101': Zypper })

/** What one tool really said of a machine, in our words: `name.arch evr`, sorted. */
export interface ToldByTool {
  /** null: the tool gave up. */
  readonly updates: readonly string[] | null
  readonly taken: readonly string[]
  /** `new-evr.arch for old-evr.arch`; null: the tool does not say. */
  readonly replaced: readonly string[] | null
  readonly security: readonly string[] | null
  /** An upgrade of everything fails when only the best will do; null: not asked. */
  readonly failsWithBest: boolean | null
}

export interface RpmScenario {
  readonly name: string
  readonly folder: string
  readonly told: Readonly<Record<'dnf5' | 'dnf4' | 'zypper', ToldByTool>>
}

export function listRpmScenarios(folder: string): RpmScenario[] {
  if (!existsSync(folder)) return []

  return readdirSync(folder)
    .toSorted()
    .map((name) => ({ name, folder: join(folder, name), told: readTold(join(folder, name, 'expected-all.json')) }))
}

function readTold(path: string): RpmScenario['told'] {
  const all = Expected.parse(JSON.parse(readFileSync(path, 'utf8')))
  const [dnf5, dnf4, zypper] = [all['dnf5-5.4.6.0'], all['dnf4-4.23.0'], all['zypper-1.14.101']]
  return {
    dnf5: {
      updates: dnf5.checkUpgradeRc === 1 ? null : writeAll(dnf5.checkUpgradeJson?.upgrades ?? []),
      taken: writeAll(dnf5.upgrade_best0?.transaction ?? []),
      replaced: null,
      security: readNevras(dnf5.upgradeSecurity),
      failsWithBest: dnf5.upgrade_best1 === undefined ? null : dnf5.upgrade_best1.problems.length > 0,
    },
    dnf4: {
      updates: dnf4.checkUpdate === undefined ? null : writeAll(dnf4.checkUpdate),
      taken: writeAll(dnf4.upgrade_best0?.transaction ?? []),
      replaced: dnf4.checkUpdateObsoletes.map((pair) => `${pair.new} for ${pair.old}`).toSorted(),
      security: readNevras(dnf4.upgradeSecurity),
      failsWithBest: dnf4.upgrade_best1 === undefined ? null : dnf4.upgrade_best1.error !== null,
    },
    zypper: {
      updates: writeAll(zypper.listUpdatesAll),
      taken: [...zypper.update['to-upgrade'], ...zypper.update['to-install']].map(readZypper).toSorted(),
      replaced: null,
      security: null,
      failsWithBest: null,
    },
  }
}

function writeAll(listed: readonly z.infer<typeof Listed>[]): string[] {
  return listed.map(({ name, arch, evr }) => `${name}.${arch} ${evr}`).toSorted()
}

/** `ep-1:1.1-1.x86_64` */
function readNevras(nevras: readonly string[] | null | undefined): string[] | null {
  return nevras?.map((nevra) => nevra.replace(/^(.+)-([^-]+-[^-]+)\.([^.]+)$/, '$1.$3 $2')).toSorted() ?? null
}

/** `up 1.0-1->1.1-1 x86_64`, `new ->1.0-1 x86_64` */
function readZypper(line: string): string {
  return line.replace(/^(\S+) \S*->(\S+) (\S+)$/, '$1.$3 $2')
}

/** What we say of the machine when it has that tool. */
export async function checkRpmScenario(scenario: RpmScenario, tool: RpmTool): Promise<CheckOutcome> {
  const read = readRpmEvidence(await readFiles(scenario))
  const lists = new Map<string, OpenList>()
  const sources: { repository: RpmRepository; snapshot: Snapshot | null }[] = []
  for (const repository of read.repositories) {
    const snapshot = await refresh(scenario, read, { repository, lists })
    sources.push({ repository, snapshot })
  }
  const { inventory, problems } = read
  // The one lock among the samples is a file of dnf5's, which the others do not read.
  const locks = tool === 'dnf5' ? read.policy.locks : []
  const policy = { ...read.policy, tool, locks, best: true, allowVendorChange: tool !== 'zypper' }
  return checkRpm({ inventory, policy, machineId: null, sources, lists, problems })
}

/** The folders hold no architecture but that of the packages: the machines were of x86_64. */
async function readFiles(scenario: RpmScenario) {
  const { evidence } = await readEvidenceFolder(scenario.folder, RPM_EVIDENCE_PATHS)
  return { files: new Map([...evidence.files, ['lazaret/uname', Buffer.from('6.1.0-1\nx86_64\n')] as const]) }
}

interface Wanted {
  readonly repository: RpmRepository
  readonly lists: Map<string, OpenList>
}

async function refresh(
  scenario: RpmScenario,
  read: ReadEvidence<RpmInventory, RpmPolicy, RpmRepository>,
  { repository, lists }: Wanted,
): Promise<Snapshot | null> {
  // The samples' repositories lie in a folder: `file:` stands for any server here.
  const reachable = { ...repository, unreachable: null }
  const outcome = await refreshRpmRepository(reachable, {
    previous: null,
    now: new Date('2026-11-23T12:00:00Z'),
    download: async ({ url }) => download(scenario, url),
    keyring: async (name) => read.keyrings.get(name) ?? new Uint8Array(),
    hasList: async (key) => lists.has(key),
    writeList: async (key, bytes) => void lists.set(key, openRpmList(bytes)),
  })
  return 'snapshot' in outcome ? outcome.snapshot : null
}

function download(scenario: RpmScenario, url: string): Download {
  const local = /^file:\/\/\/scn\/[^/]+\/(.*)$/.exec(url)?.[1]
  const path = local === undefined ? null : join(scenario.folder, local)
  const body = path !== null && existsSync(path) ? readFileSync(path) : null
  return {
    status: body === null ? 404 : 200,
    headers: {},
    body: (async function* () {
      if (body !== null) yield body
    })(),
    cancel: async () => {},
  }
}
