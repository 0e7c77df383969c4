import { describe, expect, it } from 'vitest'
import { isFault } from '#shared/domain/fault.ts'
import type { RpmModules } from '#shared/domain/packaging/rpm/model.ts'
import { openModulesScanner } from '#shared/domain/packaging/rpm/refresh/modules.ts'

async function read(yaml: string): Promise<RpmModules> {
  const scanner = openModulesScanner('modules.yaml')
  for (const byte of [yaml.slice(0, 7), yaml.slice(7)]) scanner.write(Buffer.from(byte))
  return scanner.finish()
}

async function refusalOf(yaml: string): Promise<string> {
  try {
    await read(yaml)
    return 'was read'
  } catch (error) {
    if (!isFault(error, 'repository_refused')) throw error
    return `${error.message} ${error.place.line}`
  }
}

const STREAM = `---
document: modulemd
version: 2
data:
  name: web
  stream: 1.10
  version: 20180405123256
  context: 00000000
  arch: x86_64
  dependencies:
  - buildrequires: {platform: [el8]}
    requires: {platform: [el8], perl: [], php: [-7.2]}
  - requires: {platform: [el9]}
  demodularized:
    rpms: [left]
  artifacts:
    rpms:
    - httpd-0:2.4.37-1.module+el8.x86_64
    - httpd-0:2.4.37-1.module+el8.src
    - httpd-0:2.4.37-1.module+el8.nosrc
`
const defaults = (module: string, stream: string, modified = '') =>
  `---\ndocument: modulemd-defaults\nversion: 1\ndata:\n  module: ${module}\n  stream: "${stream}"\n${modified === '' ? '' : `  modified: ${modified}\n`}...\n`

describe('a modules.yaml', () => {
  it('is read as text, whatever looks like a number', async () => {
    expect(await read(STREAM + defaults('web', '1.10'))).toEqual({
      defaults: new Map([['web', '1.10']]),
      streams: [
        {
          name: 'web',
          stream: '1.10',
          version: '20180405123256',
          context: '00000000',
          architecture: 'x86_64',
          artifacts: ['httpd-0:2.4.37-1.module+el8.x86_64'],
          demodularized: ['left'],
          requires: [
            new Map([
              ['platform', ['el8']],
              ['perl', []],
              ['php', ['-7.2']],
            ]),
            new Map([['platform', ['el9']]]),
          ],
        },
      ],
    })
  })

  it('keeps every build of a stream', async () => {
    expect((await read(STREAM + STREAM.replace('00000000', 'c2'))).streams.map(({ context }) => context)).toEqual([
      '00000000',
      'c2',
    ])
  })

  it('of version 1 requires one stream of each module', async () => {
    const first =
      'document: modulemd\nversion: 1\ndata:\n  name: a\n  stream: b\n  dependencies:\n    requires:\n      platform: f28\n'
    expect((await read(first)).streams[0]?.requires).toEqual([new Map([['platform', ['f28']]])])
  })

  it('lets the default count that was changed last, and none of two that contradict each other', async () => {
    const text = defaults('a', '1', '201') + defaults('a', '2', '203') + defaults('a', '3', '202')
    expect((await read(text)).defaults).toEqual(new Map([['a', '2']]))
    expect((await read(defaults('a', '1') + defaults('a', '2'))).defaults).toEqual(new Map())
  })

  it('passes over translations, obsoletes and empty documents', async () => {
    const other =
      '---\ndocument: modulemd-translations\nversion: 1\ndata: [what, ever]\n---\n\n---\ndocument: modulemd-obsoletes\nversion: 1\n'
    expect((await read(other + STREAM)).streams).toHaveLength(1)
    expect(await read('')).toEqual({ defaults: new Map(), streams: [] })
  })

  it('may end a quoted text with a quote at the beginning of a line, as libyaml does', async () => {
    const text = STREAM.replace('  dependencies:', "  description: 'one\n\n\n    two\n\n'\n  dependencies:")
    expect((await read(text)).streams).toEqual((await read(STREAM)).streams)
  })

  it('pollutes nothing', async () => {
    await read(
      STREAM.replace(
        '  demodularized:',
        '  __proto__: {polluted: yes}\n  constructor: {prototype: {polluted: yes}}\n  demodularized:',
      ),
    )
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  it.each([
    ['an anchor', '---\na: &a [x]\nb: *a\n', 'anchor. 1'],
    ['an anchor in a later document', `${STREAM}---\na: &a [x]\nb: *a\n`, 'anchor. 21'],
    ['an alias of nothing', '---\na: *b\n', 'alias. 1'],
    ['100,000 anchors', `---\n${'&a '.repeat(100_000)}`, 'anchor'],
    ['250,000 items', `---\na:\n${'- a\n'.repeat(120_000)}`, 'too many parts'],
    ['broken YAML', '--- [', 'not sound YAML'],
    ['a document that is a list', '---\n- a\n', 'not a mapping'],
    ['a stream without a name', STREAM.replace('  name: web\n', ''), 'names no module'],
    ['a stream of an unknown version', STREAM.replace('version: 2', 'version: 9'), 'unknown version'],
    ['artifacts that are no texts', STREAM.replace('    - httpd', '    - - httpd'), 'other things than texts'],
    ['brackets in brackets', `---\n${'['.repeat(100_000)}\n`, 'too deeply'],
    ['mappings in mappings', `---\n${'{a: '.repeat(100_000)}\n`, 'too deeply'],
    ['a document of 2 MiB', `---\na: ${'x'.repeat(2 * 1024 * 1024)}\n`, 'too long'],
    ['30,000 documents', '---\na: b\n'.repeat(30_000), 'more than 20000 documents'],
    ['defaults of no module', '---\ndocument: modulemd-defaults\nversion: 1\ndata: {stream: a}\n', 'names no module'],
    ['a date that is none', defaults('a', '1', '42x'), 'not a number'],
  ])('with %s is refused', async (_, yaml, words) => {
    expect(await refusalOf(yaml)).toContain(words)
  })
})
