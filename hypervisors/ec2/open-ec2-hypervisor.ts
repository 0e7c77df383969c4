import { EC2Client } from '@aws-sdk/client-ec2'
import { Fault } from '#shared/domain/fault.ts'
import type { Hypervisor } from '#shared/ports/hypervisor.ts'
import { must, openAsk } from './ask.ts'
import {
  addressesOf,
  describeInstance,
  findInstance,
  guestOf,
  powerOf,
  startInstance,
  stopInstance,
} from './instances.ts'
import type { Ec2Config } from './config.ts'
import { listCopies, removeCopy } from './leftovers.ts'
import { makeCopy } from './quarantine.ts'

/** EC2 in one region. A machine is the instance whose tag `Name` it is. EC2 has no veto at a start, and neither pauses nor migrates. */
export function openEc2Hypervisor(config: Ec2Config, client = openClient(config)): Hypervisor {
  const ask = openAsk(client, config.timeoutSeconds * 1000)
  const pollMs = config.pollSeconds * 1000
  const patience = { seconds: 240, everyMs: pollMs }
  const refuse = async (guest: string): Promise<never> => {
    must(await describeInstance(ask, guest), 'instance')
    throw new Fault('hypervisor_refused', 'EC2 does not do that.')
  }
  return {
    id: config.id,
    kind: 'ec2',
    find: async (machine) => {
      const instance = await findInstance(ask, machine)
      return instance === null ? null : guestOf(instance, machine)
    },
    start: (guest) => startInstance(ask, guest),
    shutDown: (guest) => stopInstance(ask, guest, false),
    stop: (guest) => stopInstance(ask, guest, true),
    suspend: refuse,
    resume: refuse,
    migrate: refuse,
    quarantine: (guest, name, made) => makeCopy(ask, { ...config, pollMs }, { guest, name, made }),
    listAddresses: async (guest) => {
      const instance = must(await describeInstance(ask, guest), 'instance')
      return powerOf(instance) === 'running' ? addressesOf(instance) : []
    },
    release: (things) => removeCopy(ask, things, patience),
    listLeftovers: (prefix) => listCopies(ask, prefix),
  }
}

function openClient({ region }: Ec2Config): EC2Client {
  return new EC2Client({ region, maxAttempts: 4, retryMode: 'standard' })
}
