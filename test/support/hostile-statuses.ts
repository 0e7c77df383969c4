import { BASE_PACKAGES, refused, spoil, stanza, taken, told, type Demand, type HostileCase } from './hostile-case.ts'
import { seededNumbers } from './seeded.ts'

const STATUS = 'var/lib/dpkg/status'
const BASE = `${stanza('hello')}\n${stanza('apt')}`

/** Cases whose trouble is in dpkg's own files. */
export function listHostileStatuses(seed: number): HostileCase[] {
  return [...shapes(), ...cuts(seed), ...words(), ...sizes(), ...architectures()]
}

const status = (name: string, content: string | Uint8Array | null, demand: Demand): HostileCase => ({
  name: `status: ${name}`,
  body: spoil({ [STATUS]: content }),
  demand,
})
/** The lawful status with one more entry or line behind it. */
const plus = (name: string, more: string | Uint8Array, demand: Demand) =>
  status(name, Buffer.concat([Buffer.from(`${BASE}\n`), Buffer.from(more)]), demand)

function shapes(): HostileCase[] {
  return [
    status('missing', null, refused(undefined, 'evidence_unrecognised')),
    status('empty', '', refused(STATUS)),
    status('only empty lines', '\n'.repeat(1000), refused(STATUS)),
    status('HTML', '<!doctype html>\n<html></html>\n', refused(STATUS)),
    status('random bytes', Buffer.from('9f3c00aa01ff'.repeat(500), 'hex'), refused(STATUS)),
    status('only NUL bytes', Buffer.alloc(5000), refused(STATUS)),
    status('with a byte order mark', `\ufeff${BASE}\n`, refused(STATUS)),
    status('with CRLF', `${BASE}\n`.replaceAll('\n', '\r\n'), taken()),
    status('as UTF-16', Buffer.from(BASE, 'utf16le'), refused(STATUS)),
    status(
      'nothing installed',
      'Package: a\nStatus: deinstall ok config-files\nVersion: 1\nArchitecture: amd64\n\n',
      refused(STATUS),
    ),
    plus('a line without a colon', 'Package a\n', refused(STATUS)),
    plus('a line that continues nothing', ' text\n', refused(STATUS)),
    plus('a field without a name', ': x\n', refused(STATUS)),
    plus('an entry without a name', 'Status: install ok installed\nVersion: 1\n', refused(STATUS)),
    plus(
      'an entry without a version',
      'Package: a\nStatus: install ok installed\nArchitecture: amd64\n',
      refused(STATUS),
    ),
    plus('an entry without a status', 'Package: a\nVersion: 1\nDescription: x\n\n', taken()),
    plus('a status of unknown words', 'Package: a\nStatus: be very happy\nVersion: 1\n', refused(STATUS)),
    plus('a status of one word', 'Package: a\nStatus: installed\nVersion: 1\n', refused(STATUS)),
    plus(
      'two names in one entry',
      'Package: a\nPackage: b\nStatus: install ok installed\nVersion: 1\n',
      refused(STATUS),
    ),
    plus(
      'two versions in one entry',
      'Package: a\nVersion: 1\nVersion: 2\nStatus: install ok installed\n',
      refused(STATUS),
    ),
    plus('an entry twice', stanza('hello'), refused(STATUS)),
    plus(
      'bytes that are not UTF-8 in a description',
      Buffer.from(`${stanza('a')} \xff\xfe\x80\n`, 'latin1'),
      taken(BASE_PACKAGES + 1),
    ),
    plus('bytes that are not UTF-8 in a name', Buffer.from(stanza('a\xff'), 'latin1'), refused(STATUS)),
    plus('a NUL in a name', stanza('a\0b'), refused(STATUS)),
    plus('a NUL in a version', stanza('a').replace('1.0-1', '1\0'), refused(STATUS)),
    plus('an escape sequence in a version', stanza('a').replace('1.0-1', '1\u001b[2J'), refused(STATUS)),
    plus('an escape sequence in a description', stanza('a', 'Homepage: \u001b]0;x\u0007\n'), taken(BASE_PACKAGES + 1)),
  ]
}

function cuts(seed: number): HostileCase[] {
  const next = seededNumbers(seed)
  const long = `${BASE}\n${stanza('last', 'Depends: a, b, c\n')}`
  const start = BASE.length + 1
  // In the middle of a line of the last entry: nobody can say what came after.
  const places = [
    start + 4,
    start + 12,
    long.length - 1,
    ...Array.from({ length: 7 }, () => start + 1 + next(long.length - start - 2)),
  ]
  const inside = [...new Set(places)].filter((at) => long[at - 1] !== '\n')
  return [
    ...inside.map((at) => status(`cut in the last entry at byte ${at}`, long.slice(0, at), refused(STATUS))),
    status('cut behind the name of the last entry', `${BASE}\nPackage: last\n`, refused(STATUS)),
    status(
      'cut behind the status of the last entry',
      `${BASE}\nPackage: last\nStatus: install ok installed\n`,
      refused(STATUS),
    ),
  ]
}

function words(): HostileCase[] {
  const properties = ['constructor', 'tostring', 'hasownproperty', 'valueof', 'prototype', 'isprototypeof', '__proto__']
  const texts = [
    '<script>alert(1)</script>',
    '=cmd|calc',
    'a b',
    '../../etc/passwd',
    "a';drop table machines;--",
    '$(id)',
    '-rf',
    '%00',
    'a\u202eb',
    '{{7*7}}',
  ]
  return [
    ...properties.map((name) =>
      plus(`a package called ${name}`, stanza(name), name.startsWith('_') ? refused(STATUS) : taken(BASE_PACKAGES + 1)),
    ),
    ...texts.map((text) => plus(`a package called ${JSON.stringify(text)}`, stanza(text), refused(STATUS))),
    plus('a field called __proto__', stanza('a', '__proto__: x\nconstructor: y\n'), taken(BASE_PACKAGES + 1)),
    plus('a source that is text', stanza('a', 'Source: <b>x</b>\n'), refused(STATUS)),
    plus('a version that is HTML', stanza('a').replace('1.0-1', '<b>'), taken(BASE_PACKAGES + 1)),
    plus('a huge epoch', stanza('a').replace('1.0-1', '99999999999999999999:1'), taken(BASE_PACKAGES + 1)),
    plus('a version of colons', stanza('a').replace('1.0-1', ':::'), taken(BASE_PACKAGES + 1)),
    plus('an architecture that is a path', stanza('a').replace('amd64', '../x'), refused(STATUS)),
  ]
}

function sizes(): HostileCase[] {
  return [
    status('a million packages', many(1_000_000), refused(STATUS, 'evidence_too_large')),
    status('100,000 packages', many(100_000), taken(100_000)),
    plus('a line of 10 MB', stanza('a', `Description-md5: ${'x'.repeat(10_000_000)}\n`), taken(BASE_PACKAGES + 1)),
    plus('a name of 10,000 letters', stanza('n'.repeat(10_000)), refused(STATUS)),
    plus('a version of 10,000 digits', stanza('a').replace('1.0-1', '1'.repeat(10_000)), refused(STATUS)),
    plus('relations of 2 MB', stanza('a', `Depends: ${'b, '.repeat(700_000)}c\n`), refused(STATUS)),
    plus(
      '100,000 fields in one entry',
      stanza('a', Array.from({ length: 100_000 }, (_, n) => `X-${n}: y\n`).join('')),
      taken(BASE_PACKAGES + 1),
    ),
    plus('a field name of 1 MB', stanza('a', `${'X'.repeat(1_000_000)}: y\n`), taken(BASE_PACKAGES + 1)),
    plus(
      '200,000 lines in one relation',
      stanza('a', `Depends: b\n${' , c\n'.repeat(200_000)}`),
      taken(BASE_PACKAGES + 1),
    ),
  ]
}

function many(count: number): Uint8Array {
  return Buffer.from(Array.from({ length: count }, (_, n) => `${stanza(`p${n}`)}\n`).join(''))
}

const arch = (name: string, content: string, demand: Demand): HostileCase => ({
  name: `arch: ${name}`,
  body: spoil({ 'var/lib/dpkg/arch': content }),
  demand,
})

function architectures(): HostileCase[] {
  return [
    arch(
      '10,000 architectures',
      Array.from({ length: 10_000 }, (_, n) => `a${n}\n`).join(''),
      refused('var/lib/dpkg/arch', 'quota_exceeded'),
    ),
    arch('an architecture that is a path', 'amd64\n../../x\n', refused('var/lib/dpkg/arch')),
    arch('an architecture that is HTML', 'amd64\n<b>\n', refused('var/lib/dpkg/arch')),
    arch('a line of 1 MB', `amd64\n${'x'.repeat(1_000_000)}\n`, refused('var/lib/dpkg/arch')),
    arch('an interrupted dpkg', 'amd64\n', taken()),
    {
      name: 'updates: an interrupted dpkg',
      body: spoil({ 'var/lib/dpkg/updates/0001': stanza('x') }),
      demand: told(/dpkg was interrupted/),
    },
  ]
}
