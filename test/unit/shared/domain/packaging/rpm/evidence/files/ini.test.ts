import { describe, expect, it } from 'vitest'
import { readIni } from '#shared/domain/packaging/rpm/evidence/files/ini.ts'
import type { IniDialect } from '#shared/domain/packaging/rpm/evidence/files/ini.ts'

function valuesOf(text: string, dialect: IniDialect): Record<string, Record<string, string>> | string {
  const ini = readIni(text, dialect)
  if (ini.status === 'refused') return `${ini.line}: ${ini.reason}`
  return Object.fromEntries(
    [...ini.sections.values()].map(({ name, values }) => [
      name,
      Object.fromEntries([...values].map(([key, { text: value }]) => [key, value])),
    ]),
  )
}

// What dnf 4.14 (libdnf 0.69) itself says of each of these files.
describe('a configuration file as dnf reads it', () => {
  it.each([
    ['a section with values', '[a]\nx=1\ny = 2 \r\n', { a: { x: '1', y: '2' } }],
    ['values on more lines', '[a]\nx=1\n  2\n\t3\ny=4\n', { a: { x: '1\n2\n3', y: '4' } }],
    ['a line of blanks between them', '[a]\nx=1\n  \n  2\n', { a: { x: '1\n2' } }],
    ['an indented comment, which is none', '[a]\nx=1\n  #2\n', { a: { x: '1\n#2' } }],
    ['comments', '#a\n;b\n[a]\n#c\nx=1\n', { a: { x: '1' } }],
    [
      'quotes around a whole value',
      '[a]\nx="1 2"\ny="1"\n "2"\nz="1" 2\n',
      { a: { x: '1 2', y: '1"\n"2', z: '"1" 2' } },
    ],
    ['a section in two parts', '[a]\nx=1\n[b]\n[a]\nx=2\ny=3\n', { a: { x: '2', y: '3' }, b: {} }],
    ['names told apart by case', '[a]\nEnabled=0\nenabled=1\n', { a: { Enabled: '0', enabled: '1' } }],
    ['a comment after a section', '[a] # b\n', { a: {} }],
    ['a pattern as a section', '[a-[bc]*]\nx=1\n', { 'a-[bc]*': { x: '1' } }],
    ['a byte order mark', '\uFEFF[a]\nx=1\n', { a: { x: '1' } }],
    ['an empty value', '[a]\nx=\n', { a: { x: '' } }],
    [
      'a name that objects have',
      '[__proto__]\nconstructor=1\n',
      Object.fromEntries([['__proto__', { constructor: '1' }]]),
    ],
    ['nothing', '', {}],
    ['a comment within a value', '[a]\nx=1\n#c\n  2\n', '4: a continuation of nothing'],
    ['an empty line within a value', '[a]\nx=1\n\n  2\n', '4: a continuation of nothing'],
    ['a continuation of nothing', '[a]\n  x=1\n', '2: a continuation of nothing'],
    ['a line without a sign', '[a]\nx\n', '2: a line without "="'],
    ['a value without a name', '[a]\n=x\n', '2: a value without a name'],
    ['a value before any section', 'x=1\n', '1: a setting before the first section'],
    ['a section without an end', '[a\n', '1: a section without "]"'],
    ['a section without a name', '[]\n', '1: a section without a name'],
    ['text after a section', '[a] bc\n', '1: text after a section'],
    ['a single character after a section', '[a] b\n', { a: {} }],
  ])('takes %s', (_, text, expected) => {
    expect(valuesOf(text, 'dnf')).toEqual(expected)
  })
})

describe('a configuration file as yum 3 reads it', () => {
  it.each([
    ['names in any case', '[a]\nEnabled = 0\n', { a: { enabled: '0' } }],
    ['a colon as the sign', '[a]\nx: 1\n', { a: { x: '1' } }],
    ['a comment after a value', '[a]\nx=1 ; 2\n', { a: { x: '1' } }],
    ['comments and empty lines within a value', '[a]\nx=1\n#c\n\n  2\n', { a: { x: '1\n2' } }],
    ['a line without a sign', '[a]\nx\n', '2: a line without "="'],
  ])('takes %s', (_, text, expected) => {
    expect(valuesOf(text, 'yum')).toEqual(expected)
  })
})

describe('a configuration file as zypper reads it', () => {
  it.each([
    [
      'lines after an address as more of them',
      '[a]\nbaseurl=http://a/\n  http://b/\nhttp://c/\n',
      { a: { baseurl: 'http://a/\nhttp://b/\nhttp://c/' } },
    ],
    [
      'an address given twice as two',
      '[a]\nbaseurl=http://a/\nbaseurl=http://b/\n',
      { a: { baseurl: 'http://a/\nhttp://b/' } },
    ],
    [
      'such lines after the next section too',
      '[a]\nbaseurl=http://a/\n[b]\nhttp://b/\n',
      { a: { baseurl: 'http://a/' }, b: { baseurl: '\nhttp://b/' } },
    ],
    ['indented values', '[a]\n  x = 1\n', { a: { x: '1' } }],
    ['a line without a sign', '[a]\nx=1\ny\n', '3: a line without "="'],
  ])('takes %s', (_, text, expected) => {
    expect(valuesOf(text, 'zypp')).toEqual(expected)
  })
})
