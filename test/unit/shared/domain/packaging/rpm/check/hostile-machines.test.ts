import { describe, expect, it } from 'vitest'

import { openRandom } from '#test/support/seeded-random.ts'
import { checkMachine } from '#test/support/rpm-machine.ts'
import type { Described } from '#test/support/rpm-machine.ts'

const COUNT = 300

/** Every package's update needs the next one's; the last one's what nobody has. */
function chain(order: readonly number[]): { installed: string[]; base: Described[] } {
  const installed = order.map((index) => `p${index}-1.0-1.x86_64`)
  const base = order.map((index): Described => {
    const needed = index + 1 === COUNT ? 'absent' : `p${index + 1} >= 2.0`
    return [`p${index}-2.0-1.x86_64`, { requires: [needed] }]
  })
  return { installed, base }
}

describe('machines made to take long', () => {
  const forward = Array.from({ length: COUNT }, (_, index) => index)
  const random = openRandom(7)
  const shuffled = forward.toSorted(() => random() - 0.5)

  it.each([
    ['forward', forward],
    ['backward', forward.toReversed()],
    ['in no order', shuffled],
  ])('follows a long chain of needs %s, or says that it did not', (_, order) => {
    const { installed, base } = chain(order)
    const { updates, warnings } = checkMachine({ installed, repositories: { base } })
    const isFollowed = updates.every(({ installable }) => !installable)

    expect(updates).toHaveLength(COUNT)
    expect(isFollowed || warnings.some((warning) => warning.includes('too entangled'))).toBe(true)
  })

  it('goes through new packages that need one another in a long row', () => {
    const base: Described[] = Array.from({ length: COUNT }, (_, index) => [
      `new${index}-1.0-1.x86_64`,
      { requires: [`new${index + 1}`] },
    ])
    const a: Described = ['a-2.0-1.x86_64', { requires: ['new0'] }]

    expect(checkMachine({ installed: ['a-1.0-1.x86_64'], repositories: { base: [a, ...base] } }).updates).toHaveLength(
      1,
    )
  })

  it('matches patterns made of stars in the time of their length', () => {
    const installed = [`${'a'.repeat(3000)}-1.0-1.x86_64`]
    const base = [`${'a'.repeat(3000)}-2.0-1.x86_64`]
    const started = performance.now()
    const { updates } = checkMachine({
      installed,
      repositories: { base },
      policy: { excludes: [`${'a*'.repeat(1500)}b`, '['.repeat(2000), '[a-'.repeat(1000)] },
    })

    expect(updates).toHaveLength(1)
    expect(performance.now() - started).toBeLessThan(5000)
  })

  it('takes names such as __proto__ for names', () => {
    const installed = ['__proto__-1.0-1.x86_64', 'constructor-1.0-1.x86_64']
    const base = ['__proto__-2.0-1.x86_64', 'toString-1.0-1.x86_64']
    const { updates, local } = checkMachine({ installed, repositories: { base } })

    expect(updates.map(({ name }) => name)).toEqual(['__proto__'])
    expect(local.map(({ name }) => name)).toEqual(['constructor'])
  })
})
