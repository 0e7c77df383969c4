import { SLOW, VULNERABLE } from '#test/support/nuclei-double/nuclei-double.ts'
import { openNucleiWorld } from '#test/support/nuclei-double/open-scanner.ts'
import { scannerContract } from './scanner.contract.ts'

scannerContract('nuclei, with a double as its program', async () => {
  const world = openNucleiWorld()
  return {
    scanner: world.open(),
    address: VULNERABLE,
    slowAddress: SLOW,
    reopen: async () => world.open(),
    close: () => world.close(),
  }
})
