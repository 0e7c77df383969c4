import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import type { CheckOutcome, Update } from '#shared/domain/packaging/update.ts'
import { checkRpmScenario, listRpmScenarios } from '#test/support/rpm-scenarios.ts'
import type { RpmScenario, ToldByTool } from '#test/support/rpm-scenarios.ts'
import { repositoryRoot } from '#test/support/samples.ts'

const folder = process.env['LAZARET_SCENARIOS'] ?? join(repositoryRoot, '../shared/samples/pkg')
const scenarios = listRpmScenarios(join(folder, 'scenarios-rpm'))
const lacking = scenarios.length > 0 ? '' : ' (skipped: the samples are not beside the repository)'
const TOOLS = ['dnf5', 'dnf4', 'zypper'] as const
const cases = scenarios.flatMap((scenario) => TOOLS.map((tool) => ({ name: scenario.name, scenario, tool })))

interface Deviation {
  readonly why: string
  readonly told: Partial<ToldByTool>
}

// A run that cannot take the listed version takes another one; what is answered is about the listed one, and says that it is not taken.
const ANOTHER = 'the run takes another version than the list names, so the listed one is not installable'

/** Where we do not say what the tool said, what we say instead, and why. Nothing else may differ. */
const DEVIATIONS: Readonly<Record<string, Deviation>> = {
  'r05-multilib zypper': { why: ANOTHER, told: { taken: [] } },
  'r10-priority zypper': { why: ANOTHER, told: { taken: ['b.x86_64 2.0-1', 'c.x86_64 2.0-1'] } },
  'r48-best-conf dnf5': { why: ANOTHER, told: { taken: [] } },
  'r48-best-conf dnf4': { why: ANOTHER, told: { taken: [] } },
  'r48-best-conf zypper': { why: ANOTHER, told: { taken: [] } },
  'r49-noversion-arch zypper': { why: ANOTHER, told: { taken: [] } },
  'r10-priority dnf4': {
    why: 'dnf 4 takes b from a worse repository without listing it: b is among what is hidden, see below',
    told: { taken: ['a.x86_64 1.5-1', 'c.x86_64 2.0-1'] },
  },
  'r29-override zypper': {
    why: 'zypper knew nothing of the variable in etc/dnf/vars and could not find the repository',
    told: { updates: ['a.x86_64 2.0-1'], taken: ['a.x86_64 2.0-1'] },
  },
  'r46-self-obsolete dnf4': {
    why: 'dnf 4 also lists that a package obsoletes older versions of itself, which is no replacement by another name',
    told: { replaced: ['m2-2.0-1.x86_64 for m1-1.0-1.x86_64'] },
  },
}

describe.skipIf(lacking !== '')(`rpm machines that real tools were asked about${lacking}`, () => {
  it.for(cases)('$name: says what $tool says', async ({ scenario, tool }) => {
    const told = { ...scenario.told[tool], ...DEVIATIONS[`${scenario.name} ${tool}`]?.told }
    const ours = tellOurs(await checkRpmScenario(scenario, tool))

    // Where a tool was not asked, or gave up, nothing is the measure.
    expect(ours).toEqual({
      updates: told.updates ?? ours.updates,
      taken: told.updates === null ? ours.taken : told.taken,
      replaced: told.replaced ?? ours.replaced,
      security: told.security ?? ours.security,
      failsWithBest: told.failsWithBest ?? ours.failsWithBest,
      isUnknown: isUnknown(scenario),
    })
  })

  it.for(scenarios.filter(({ name }) => name === 'r10-priority'))(
    '$name: tells what dnf 4 takes unlisted',
    async (scenario) => {
      const { hidden = [] } = await checkRpmScenario(scenario, 'dnf4')

      expect(write(hidden)).toEqual(['b.x86_64 2.0-1'])
    },
  )

  it.for(scenarios.filter(({ name }) => name === 'r24-updateinfo'))(
    '$name: names the advisories that zypper lists',
    async (scenario) => {
      const { updates } = await checkRpmScenario(scenario, 'zypper')
      const ids = new Set(updates.flatMap(({ advisories = [] }) => advisories.map(({ id }) => id)))

      expect([...ids].toSorted()).toEqual(['BUG-1', 'BUG-2', 'SEC-1', 'SEC-2', 'SEC-3', 'SEC-6'])
    },
  )
})

/** A repository that is not there is never passed over, whatever the tool makes of it. */
function isUnknown({ name }: RpmScenario): boolean {
  return name.startsWith('r30') || name.startsWith('r31')
}

function tellOurs({ updates, replacements = [], warnings, unknowns }: CheckOutcome) {
  const installable = [...updates, ...replacements.map((entry) => ({ ...entry, name: entry.replacedBy }))].filter(
    (update) => update.installable,
  )
  return {
    updates: write(updates),
    taken: [...new Set(write(installable))],
    replaced: replacements
      .map(
        (entry) =>
          `${entry.replacedBy}-${entry.candidate}.${entry.architecture} for ${entry.name}-${entry.installed}.x86_64`,
      )
      .toSorted(),
    security: write(installable.filter(({ kind }) => kind === 'security')),
    failsWithBest: warnings.some((warning) => warning.startsWith('With best=True')),
    isUnknown: unknowns.length > 0,
  }
}

function write(updates: readonly Update[]): string[] {
  return updates.map(({ name, architecture, candidate }) => `${name}.${architecture} ${candidate}`).toSorted()
}
