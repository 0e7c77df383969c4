import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { readEvidenceFolder } from '#adapters/embedded/evidence-folder.ts'
import { openFetcher } from '#adapters/embedded/fetcher.ts'
import { APT_EVIDENCE_PATHS, readAptEvidence } from '#shared/domain/packaging/apt/evidence/read-evidence.ts'
import { askOurs, openCaches } from '#test/support/apt-world/ours.ts'
import { askApt, layOutThisMachine, updateLists } from '#test/support/apt-world/real-apt.ts'
import { runOrThrow } from '#test/support/apt-world/run.ts'
import { isCi, requireTool } from '#test/support/tools.ts'

const lacking = requireTool('apt', 'apt-get', 'dpkg')
const TWO_MINUTES = 120_000

describe.skipIf(lacking !== '')(`the apt of this very machine${lacking}`, () => {
  it('lists the updates that apt lists, and takes the ones that an upgrade takes', async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'lazaret-this-machine-'))
    try {
      const root = { folder, lists: join(folder, 'lists') }
      layOutThisMachine(root)
      const said = await updateLists(root)
      const isComplete = said.startsWith('apt-get update ended with 0\n') && !/^[EW]: /m.test(said)
      if (!isComplete && !isCi()) context.skip(`the sources of this machine cannot be had: ${said.slice(-300)}`)
      expect(said).toMatch(/^apt-get update ended with 0\n/)

      const apt = await askApt(root, (await runOrThrow('dpkg', ['--print-architecture'])).trim())
      const ours = await askThisMachine()
      expect(ours.trouble).toEqual([])
      expect(ours.upgradable).toEqual(apt.upgradable)
      expect(ours.outcome.packages).toBeGreaterThan(0)
      expect(ours.upgraded).toEqual(apt.upgraded ?? ours.upgraded)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

async function askThisMachine() {
  const { evidence } = await readEvidenceFolder('/', APT_EVIDENCE_PATHS)
  const { repositories } = readAptEvidence(evidence)
  const log = { info: ignore, warn: ignore, error: ignore }
  const ownSources = repositories.filter(({ unreachable }) => unreachable === null).map(({ uri }) => uri)
  const fetcher = openFetcher({ internalHosts: [], ownSources, mirrors: [], log })
  try {
    const caches = openCaches((request) => fetcher.fetch({ ...request, timeoutMs: TWO_MINUTES }))
    return await askOurs(evidence, caches, new Date())
  } finally {
    fetcher.close()
  }
}

function ignore(): void {}
