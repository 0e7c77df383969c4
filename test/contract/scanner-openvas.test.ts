import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { openDoubleScanner } from '#test/support/gmp-double/open-scanner.ts'
import { SLOW_ADDRESS } from '#test/support/gmp-double/model.ts'
import { openGmpDouble } from '#test/support/gmp-double/serve.ts'
import { scannerContract } from './scanner.contract.ts'

describe('with a double of gvmd on a unix socket', () => {
  scannerContract('openvas', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lazaret-gmp-'))
    const unix = join(folder, 'gvmd.sock')
    const double = await openGmpDouble({ unix })
    const open = () => openDoubleScanner(double, { unix })
    return {
      scanner: open(),
      address: '127.0.0.1',
      slowAddress: SLOW_ADDRESS,
      reopen: async () => open(),
      close: async () => {
        await double.close()
        await rm(folder, { recursive: true, force: true })
      },
    }
  })
})
