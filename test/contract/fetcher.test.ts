import { openFetcher } from '#adapters/embedded/fetcher.ts'
import { fetcherContract } from './fetcher.contract.ts'

const log = { info: () => {}, warn: () => {}, error: () => {} }

fetcherContract('embedded', async (internalHosts) => openFetcher({ internalHosts, ownSources: [], mirrors: [], log }))
