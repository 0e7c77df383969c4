import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import type { CheckOutcome } from '#shared/domain/packaging/update.ts'
import { checkScenario, listScenarios, readScenario } from '#test/support/apt-scenarios.ts'
import type { Expected, Scenario } from '#test/support/apt-scenarios.ts'
import { repositoryRoot } from '#test/support/samples.ts'

const folder = process.env['LAZARET_SCENARIOS'] ?? join(repositoryRoot, '../shared/samples/pkg')
const scenarios = [
  ...listScenarios(join(folder, 'scenarios-apt')),
  ...listScenarios(join(folder, 'scenarios-apt-real')),
]
const lacking = scenarios.length > 0 ? '' : ' (skipped: the samples are not beside the repository)'

describe.skipIf(lacking !== '')(`machines that real apts were asked about${lacking}`, () => {
  it.for(scenarios)('$name: lists what each apt lists, and takes what all of them take', async (scenario) => {
    for (const [version, expected] of scenario.expected) {
      const read = await readScenario(scenario, version)
      const outcome = checkScenario(read)
      // What apt could not fetch is never clean to us.
      const hasFailed = expected.update !== undefined && expected.update.rc !== 0
      // Where the apts differ in what they take, none of them is the measure.
      const taken = isTheSameForAll(scenario)
        ? expected.aptUpgrade.upgrade.map((entry) => entry.join(' ')).toSorted()
        : tellTaken(read.read.inventory.architecture, outcome)

      expect({
        version,
        updates: tellOurs(outcome),
        taken: tellTaken(read.read.inventory.architecture, outcome),
        isUnknown: outcome.unknowns.length > 0,
      }).toEqual({ version, updates: tellTheirs(expected), taken, isUnknown: hasFailed })
    }
  })
})

function tellOurs(outcome: CheckOutcome): string[] {
  return outcome.updates
    .map(({ name, architecture, installed, candidate }) => `${name}/${architecture} ${installed} ${candidate}`)
    .toSorted()
}

function tellTheirs(expected: Expected): string[] {
  return expected.upgradable.map((entry) => `${entry.package}/${entry.arch} ${entry.from_} ${entry.to}`).toSorted()
}

/** As apt names what it upgrades: with the architecture where it is foreign. */
function tellTaken(native: string, outcome: CheckOutcome): string[] {
  return outcome.updates
    .filter(({ installable }) => installable)
    .map(({ name, architecture, candidate }) => {
      const isNative = architecture === native || architecture === 'all'
      return `${isNative ? name : `${name}:${architecture}`} ${candidate}`
    })
    .toSorted()
}

function isTheSameForAll(scenario: Scenario): boolean {
  const answers = [...scenario.expected.values()].map(({ aptUpgrade }) => JSON.stringify(aptUpgrade.upgrade))
  return new Set(answers).size === 1
}
