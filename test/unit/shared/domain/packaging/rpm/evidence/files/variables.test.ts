import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addReleaseParts } from '#shared/domain/packaging/rpm/evidence/files/read-variables.ts'
import { expandVariables } from '#shared/domain/packaging/rpm/evidence/files/variables.ts'
import { counterexample } from '#test/support/runs.ts'

const variables = new Map([
  ['a', 'A'],
  ['b', '$a'],
  ['empty', ''],
  ['releasever', '9.4'],
])

describe('variables in an address', () => {
  it.each([
    ['$a/${a}x', 'A/Ax'],
    ['$ab', '$ab'],
    ['$b', '$a'],
    ['${a:-d}${c:-d}${empty:-d}', 'Add'],
    ['${a:+d}${c:+d}${empty:+d}', 'd'],
    ['${c:-${a}/${c:-e}}', 'A/e'],
    ['${c:-x', '${c:-x'],
    ['$a ${c:-${a', 'A ${c:-${a'],
    ['${a', '${a'],
    ['${a:x}', '${a:x}'],
    ['$', '$'],
    ['$-', '$-'],
    [String.raw`\$a`, '$a'],
    [String.raw`${'${c:-'}\}}`, '}'],
  ])('%s is %s for dnf', (text, expected) => {
    expect(expandVariables(text, variables, 'dnf').text).toBe(expected)
  })

  it('names what nothing sets, but not what has a default', () => {
    expect(expandVariables('$x ${y} $a ${z:-1}', variables, 'dnf').unknown).toEqual(['x', 'y'])
  })

  it('keeps a backslash for yum, and for zypper outside of words', () => {
    expect(expandVariables(String.raw`\$a`, variables, 'yum').text).toBe(String.raw`\A`)
    expect(expandVariables(String.raw`\$a${'${c:-'}\$a}`, variables, 'zypp').text).toBe(String.raw`\A$a`)
  })

  it('takes a release apart', () => {
    const own = new Map(variables)
    addReleaseParts(own)
    expect(expandVariables('$releasever_major $releasever_minor', own, 'dnf').text).toBe('9 4')
  })

  it('does not grow beyond bounds, nor take long', () => {
    const long = new Map([['a', 'x'.repeat(4000)]])
    const started = performance.now()

    expect(expandVariables('$a'.repeat(5000), long, 'dnf').text.length).toBeLessThan(200_000)
    expandVariables('${b:-'.repeat(50_000), long, 'dnf')
    expect(performance.now() - started).toBeLessThan(1000)
  })

  it('leaves a text without variables as it is', () => {
    const found = counterexample(
      fc.property(fc.string(), (text) => {
        fc.pre(!/[$\\]/.test(text))
        return expandVariables(text, variables, 'dnf').text === text
      }),
    )
    expect(found).toBe('')
  })

  it('ends, whatever the text', () => {
    const pieces = fc.constantFrom('$', '{', '}', 'a', ':', '-', '+', '\\', '${', '${c:-', '$a', 'é')
    const found = counterexample(
      fc.property(fc.array(pieces, { maxLength: 80 }), fc.constantFrom('dnf', 'yum', 'zypp'), (some, dialect) => {
        return expandVariables(some.join(''), variables, dialect).text.length < 1000
      }),
    )
    expect(found).toBe('')
  })
})
