import { describe } from 'vitest'
import { openEc2World } from '#test/support/moto/open-ec2-world.ts'
import { lacksMoto, openMoto } from '#test/support/moto/open-moto.ts'
import { hypervisorContract } from './hypervisor.contract.ts'

const lacking = lacksMoto()
describe.skipIf(lacking !== '')(`with moto${lacking}`, () => {
  hypervisorContract('EC2', { changesPower: true, pauses: false, copies: true }, async () => {
    const moto = await openMoto()
    const world = await openEc2World(moto.endpoint, 'eu-central-1')
    return {
      hypervisor: world.open(),
      machine: 'web-01',
      reopen: () => world.open(),
      close: () => moto.close(),
    }
  })
})
