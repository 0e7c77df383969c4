import { describe, expect, it } from 'vitest'
import { readAptConf } from '#shared/domain/packaging/apt/evidence/apt-conf.ts'
import {
  configBoolean,
  configList,
  configNumber,
  configText,
  emptyConfiguration,
} from '#shared/domain/packaging/apt/evidence/configuration.ts'
import { locateFile, readConfiguration } from '#shared/domain/packaging/apt/evidence/read-configuration.ts'
import { evidenceOf } from '#test/support/apt-evidence.ts'

function read(text: string) {
  const config = emptyConfiguration()
  return { config, ...readAptConf(config, 'x.conf', text) }
}

describe('apt.conf', () => {
  it.each([
    ['APT::Default-Release "stable";', 'apt::default-release', 'stable'],
    ['APT { Default-Release "a"; };\nAPT::default-release "b";', 'APT::Default-Release', 'b'],
    ['a { b { c "1"; }; d "2"; };', 'a::d', '2'],
    ['a\n  {\n b\n "1 2" "3"\n;}', 'a::b', '1 2 3'],
    ['a "x//y"; // no', 'a', 'x//y'],
    ['a "x#y"; # no', 'a', 'x#y'],
    ['/* a "1"; */ b /* x\n y */ "2";', 'b', '2'],
    ['a word;', 'a', 'word'],
    ['a "1" { b "2"; }', 'a', '1'],
    ['a::b "1";\n#clear a;', 'a::b', ''],
  ])('reads %j', (text, name, value) => {
    const { config, problem } = read(text)
    expect(problem).toBeNull()
    expect(configText(config, name)).toBe(value)
  })

  it('reads lists in all three forms', () => {
    const { config } = read('a { "x"; "y"; };\na:: "z";\nb "p,q";')
    expect(configList(config, 'A')).toEqual(['x', 'y', 'z'])
    expect(configList(config, 'b')).toEqual(['p', 'q'])
    expect(configList(config, 'c')).toEqual([])
  })

  it('reads booleans and numbers, and nothing out of nonsense', () => {
    const { config } = read('a "Yes"; b "off"; c "maybe"; d "12x"; e "x";')
    expect(['a', 'b', 'c', 'z'].map((name) => configBoolean(config, name))).toEqual([true, false, null, null])
    expect(['d', 'e', 'z'].map((name) => configNumber(config, name))).toEqual([12, null, null])
  })

  it.each([
    ['a "1"', 'x.conf: a setting at the end of the file is never closed with ";".'],
    ['\n{ b "1"; }', 'x.conf:2: a block without a name.'],
    ['a b c;', 'x.conf:1: more text after the value.'],
    ['a { #clear b; };', 'x.conf:1: a directive inside a block.'],
    ['#clear;', 'x.conf:1: a #clear that names nothing.'],
    ['a {'.repeat(100), 'x.conf:1: more than 64 blocks within each other.'],
  ])('finds what makes apt refuse %j', (text, problem) => {
    expect(read(text).problem).toBe(problem)
  })

  it('names an #include and never follows it', () => {
    const { problem, unfollowed } = read('#include "/etc/passwd";\n')
    expect(problem).toBeNull()
    expect(unfollowed).toEqual(['x.conf:1: includes /etc/passwd, which is not part of the evidence.'])
  })

  it('keeps prototype names as plain names', () => {
    const { config } = read('__proto__::polluted "1"; constructor::prototype::polluted "2";')
    expect(configText(config, '__proto__::polluted')).toBe('1')
    expect(configText(config, 'toString')).toBe('')
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

describe('the configuration of a machine', () => {
  it('reads apt.conf.d in byte order by its name rules, and apt.conf last', () => {
    const { config } = readConfiguration(
      evidenceOf({
        'etc/apt/apt.conf.d/20b': 'x::a "20b"; x::b "20b";',
        'etc/apt/apt.conf.d/10a.conf': 'x::a "10a"; x::c "10a";',
        'etc/apt/apt.conf.d/30c.bak': 'x::c "no";',
        'etc/apt/apt.conf.d/.hidden': 'x::c "no";',
        'etc/apt/apt.conf': 'x::b "main";',
      }),
    )
    expect(['x::a', 'x::b', 'x::c'].map((name) => configText(config, name))).toEqual(['20b', 'main', '10a'])
  })

  it.each([
    ['', 'etc/apt/sources.list'],
    ['Dir::Etc::sourcelist "other.list";', 'etc/apt/other.list'],
    ['Dir::Etc::sourcelist "/srv/x.list";', 'srv/x.list'],
    ['Dir::Etc "/opt/apt";', 'opt/apt/sources.list'],
    ['Dir "/chroot"; ', 'chroot/etc/apt/sources.list'],
    ['RootDir "/r";', 'r/etc/apt/sources.list'],
    ['Dir::Etc::sourcelist "/dev/null";', null],
    ['Dir::Etc::sourcelist "/../../x";', null],
  ])('follows %j to where the sources are', (text, path) => {
    const { config } = read(text)
    expect(locateFile(config, 'Dir::Etc::sourcelist', 'etc/apt/sources.list')).toBe(path)
  })

  it('refuses more than a mebibyte of it', () => {
    const evidence = evidenceOf({ 'etc/apt/apt.conf.d/a': `//${'x'.repeat(1024 * 1024)}` })
    expect(() => readConfiguration(evidence)).toThrow(expect.objectContaining({ code: 'quota_exceeded' }))
  })
})
