import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedData } from '#adapters/embedded/data-folder.ts'
import { jobQueueContract } from './job-queue.contract.ts'
import { metadataTableContract } from './metadata-table.contract.ts'
import { objectStoreContract } from './object-store.contract.ts'

async function open() {
  const folder = await mkdtemp(join(tmpdir(), 'lazaret-contract-'))
  let time = Date.parse('2026-01-02T03:04:05Z')
  const data = await openEmbeddedData(folder, { clock: { now: () => new Date(time) } })
  return {
    ...data,
    advance: (seconds: number) => {
      time += seconds * 1000
    },
    close: async () => {
      await data.close()
      await rm(folder, { recursive: true })
    },
  }
}

objectStoreContract('embedded', open)
metadataTableContract('embedded', open)
jobQueueContract('embedded', open)
