import { describe, expect, it } from 'vitest'
import { fieldText, fieldWords, readStanzas } from '#shared/domain/packaging/apt/evidence/deb822.ts'

function plain(text: string) {
  const { stanzas, malformed } = readStanzas(text)
  return {
    stanzas: stanzas.map(({ line, fields }) => [line, ...[...fields].map(([name, { value }]) => `${name}=${value}`)]),
    malformed: malformed?.line ?? null,
  }
}

describe('deb822 stanzas', () => {
  it('reads stanzas with their lines, whatever separates them', () => {
    expect(plain('\n\nA: 1\nb:  2 \n\n\n# note\n\nC: 3')).toEqual({
      stanzas: [
        [3, 'a=1', 'b=2'],
        [9, 'c=3'],
      ],
      malformed: null,
    })
  })

  it('drops comment lines inside a stanza and a field, and keeps a # that is indented', () => {
    expect(plain('A: 1\n#B: 2\n x\n# y\n # z\n').stanzas).toEqual([[1, 'a=1\n x\n # z']])
  })

  it('ends a stanza at an empty line only, not at one of blanks, and knows carriage returns', () => {
    expect(plain('A: 1\n \nB: 2\r\n\r\nC: 3\r\n').stanzas).toEqual([
      [1, 'a=1', 'b=2'],
      [5, 'c=3'],
    ])
  })

  it('takes the last of repeated fields', () => {
    expect(plain('A: 1\na: 2\n').stanzas).toEqual([[1, 'a=2']])
  })

  it('lets a line without a colon swallow the next field, as apt does', () => {
    expect(plain('A: 1\ngarbage\nB: 2\nC: 3\n').stanzas).toEqual([[1, 'a=1', 'garbage\nb=2', 'c=3']])
  })

  it('gives up at text after which no colon comes, and names its line', () => {
    expect(plain('A: 1\n\n# c\ngarbage\n').malformed).toBe(4)
  })

  it('splits a field at any white space and finds nothing in an absent one', () => {
    const stanza = readStanzas('Suites:\n a\n\tb  c\n').stanzas[0]
    expect(stanza && fieldWords(stanza, 'suites')).toEqual(['a', 'b', 'c'])
    expect(stanza && fieldText(stanza, 'types')).toBe('')
  })

  it('stays quick on a megabyte of anything', () => {
    const started = performance.now()
    for (const text of ['a:\n', ':', ' \n', '#\n', 'a', '\r\n', 'a:b\n\n']) readStanzas(text.repeat(300_000))
    expect(performance.now() - started).toBeLessThan(5000)
  })
})
