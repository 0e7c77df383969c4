import { describe } from 'vitest'
import { openNessusDouble, SLOW_ADDRESS } from '#test/support/nessus-double/nessus-double.ts'
import { openScannerOf } from '#test/support/nessus-double/open-scanner.ts'
import { requireTool } from '#test/support/tools.ts'
import { scannerContract } from './scanner.contract.ts'

const lacking = requireTool('openssl')

describe.skipIf(lacking !== '')(`with a double of Nessus Manager${lacking}`, () => {
  scannerContract('nessus', async () => {
    const double = await openNessusDouble()
    return {
      scanner: openScannerOf(double),
      address: '192.0.2.10',
      slowAddress: SLOW_ADDRESS,
      reopen: async () => openScannerOf(double),
      close: () => double.close(),
    }
  })
})
