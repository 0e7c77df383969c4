import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFault } from '#shared/domain/fault.ts'
import type { RpmOffer } from '#shared/domain/packaging/rpm/model.ts'
import { openRpmListBuilder } from '#shared/domain/packaging/rpm/refresh/list-builder.ts'
import { openPrimaryScanner } from '#shared/domain/packaging/rpm/refresh/primary.ts'
import { readPrimary } from '#test/support/rpm-offers.ts'
import { counterexample } from '#test/support/runs.ts'
import { packageXml, primaryXml } from '#test/support/yum-files.ts'

type How = 'always' | 'where-unusual'

/** What is read of a document that comes in pieces of so many bytes; the fault's code where it is refused. */
function read(xml: Uint8Array | string, how: How = 'where-unusual', pieceBytes = 1000): RpmOffer[] | string {
  try {
    return readPrimary(Buffer.from(xml), how, pieceBytes)
  } catch (error) {
    if (!isFault(error, 'repository_refused')) throw error
    return error.code
  }
}

const FORMAT = `<rpm:requires>
<rpm:entry name="libc.so.6()(64bit)"/>
<rpm:entry name="b" flags="GE" epoch="2" ver="1.0" rel="3" pre="1"/>
<rpm:entry name="c" flags="LT" ver="4"/>
<rpm:entry name="(d or e)"/>
<rpm:entry name="rpmlib(PayloadIsZstd)" flags="LE" epoch="0" ver="5.4.18" rel="1"/>
</rpm:requires><rpm:conflicts><rpm:entry name="f" flags="LE" epoch="0" ver="2"/></rpm:conflicts>
<rpm:obsoletes><rpm:entry name="g" flags="GT" ver="1"/></rpm:obsoletes>
<rpm:recommends><rpm:entry name="never"/></rpm:recommends>
<file>/usr/bin/hello</file><file type="dir">/etc/hello &amp; more</file>`

describe('a primary.xml', () => {
  it('is read with all that a check needs', () => {
    expect(read(primaryXml([packageXml({ version: '2:1.0-1.fc40', format: FORMAT })]))).toEqual([
      {
        name: 'hello',
        architecture: 'x86_64',
        epoch: 2,
        version: '1.0',
        release: '1.fc40',
        sourceRpm: 'hello-1.0-1.fc40.src.rpm',
        vendor: 'Example',
        buildTime: 1_700_000_000,
        relations: {
          provides: [{ name: 'hello', operator: '=', evr: '2:1.0-1.fc40' }],
          requires: [
            { name: 'libc.so.6()(64bit)', operator: '', evr: '' },
            { name: 'b', operator: '>=', evr: '2:1.0-3' },
            { name: 'c', operator: '<', evr: '4' },
            { name: '(d or e)', operator: '', evr: '' },
          ],
          conflicts: [{ name: 'f', operator: '<=', evr: '2' }],
          obsoletes: [{ name: 'g', operator: '>', evr: '1' }],
        },
        files: ['/usr/bin/hello', '/etc/hello & more'],
      },
    ])
  })

  it('keeps apart what stands in other elements', () => {
    const strange = packageXml().replace(
      '<summary>',
      '<foo><name>other</name><format><file>/x</file></format></foo><summary>',
    )
    expect(read(primaryXml([`<bar>${packageXml({ name: 'inner' })}</bar>`, strange], 1))).toMatchObject([
      { name: 'hello', files: [] },
    ])
  })

  const unusual: [string, string][] = [
    ['a comment', packageXml().replace('<summary>', '<!-- </package> --><summary>')],
    ['CDATA', packageXml().replace('<summary>s', '<summary><![CDATA[</package>]]>')],
    ['single quotes', packageXml().replaceAll('"', "'")],
    ['character references', packageXml({ name: 'h&#101;llo' })],
    ['carriage returns', packageXml().replaceAll('\n', '\r\n')],
    ['white space in tags', packageXml().replaceAll('/>', '\n/>').replaceAll('</name>', '</name >')],
    ['another prefix', packageXml().replaceAll('rpm:', 'r:')],
    ['no prefix', packageXml().replaceAll('rpm:', '')],
    ['letters beyond ASCII', packageXml().replace('Example', 'Éxämple ☃ GmbH &amp; Co')],
    ['a replacement character', packageXml().replace('Example', '\ufffd')],
  ]
  it.each(unusual)('with %s means the same, sliced or parsed', (_, text) => {
    const xml = primaryXml([packageXml({ name: 'first' }), text, packageXml({ name: 'last' })])
    const parsed = read(xml, 'always')

    expect(parsed).toHaveLength(3)
    expect(parsed).toMatchObject([{ name: 'first' }, { name: 'hello' }, { name: 'last' }])
    expect(read(xml)).toEqual(parsed)
    expect(read(xml, 'where-unusual', 1)).toEqual(parsed)
  })

  it.each([
    ['an end of CDATA in a text', packageXml().replace('<summary>s', '<summary>]]>')],
    ['an attribute twice', packageXml().replace('<version ', '<version epoch="7" ')],
    ['a control character', packageXml().replace('<summary>s', '<summary>\u0001')],
    ['an angle bracket in an attribute', packageXml().replace('<time ', '<time x="<" ')],
    ['tags that cross', packageXml().replace('</summary><description>', '<description></summary>')],
    ['two names', packageXml().replace('<arch>', '<name>other</name><arch>')],
    ['two architectures', packageXml().replace('<arch>', '<arch>noarch</arch><arch>')],
    ['two versions', packageXml().replace('<arch>', '<version ver="9"/><arch>')],
    ['no name', packageXml().replace('<name>hello</name>', '')],
    ['white space in its name', packageXml({ name: 'he llo' })],
    ['an empty name', packageXml({ name: '' })],
    ['an operator that nobody knows', packageXml({ format: FORMAT.replace('"GE"', '"XX"') })],
    ['an epoch that is no number', packageXml({ format: FORMAT.replace('epoch="2"', 'epoch="x"') })],
    ['a relation without a name', packageXml({ format: FORMAT.replace('name="c"', 'name=""') })],
    ['an entity that nobody knows, in a text that nobody reads', packageXml().replace('<summary>s', '<summary>&x;')],
  ])('with %s is refused, sliced or parsed', (_, text) => {
    const xml = primaryXml([packageXml({ name: 'first' }), text])

    expect([read(xml), read(xml, 'always')]).toEqual(['repository_refused', 'repository_refused'])
  })

  const WORDS = [
    packageXml(),
    packageXml({ name: 'ö', format: FORMAT }),
    '<package type="rpm">',
    '<package>',
    '</package>',
    '<name>x</name>',
    '<arch>i686</arch>',
    '<version epoch="1" ver="2" rel="3"/>',
    '<version ver="2" ver="3"/>',
    '<format>',
    '</format>',
    '<rpm:provides>',
    '</rpm:provides>',
    '<rpm:entry name="a&amp;b" flags="EQ" ver="1"/>',
    '<rpm:entry name="a<b"/>',
    '<rpm:entry name="b" flags="GE" epoch="0" ver="1" rel="2"/>',
    '<rpm:entry name="b" flags="LT" epoch="0" ver="1"/>',
    '<rpm:entry name="b" flags="XX" epoch="0" ver="" rel=""/>',
    '<rpm:entry name="rpmlib(a)" flags="LE" epoch="0" ver="1" rel="2"/>',
    '<rpm:entry name="" epoch="0" ver="1&lt;"/>',
    '<rpm:requires>',
    '</rpm:requires>',
    '<arch>src</arch>',
    '<rpm:vendor>v &lt;&gt;&quot;&apos;</rpm:vendor>',
    '<rpm:sourcerpm/>',
    '<time build="12"/>',
    '<file>/a</file>',
    '<name a="\t">',
    '<!-- - -->',
    '<![CDATA[',
    ']]>',
    '&amp;',
    '&bogus;',
    '&',
    '<?x y?>',
    '\u0001',
    '\r\n',
    ' ',
    'text',
    '</metadata>',
    '<metadata>',
  ]
  it('of any pieces means the same, sliced or parsed', { timeout: 180_000 }, () => {
    const property = fc.property(
      fc.array(fc.constantFrom(...WORDS), { maxLength: 12 }),
      fc.integer({ min: 1, max: 40 }),
      (words, size) => {
        const xml = primaryXml(words, '').replace(' packages=""', '')
        const parsed = read(xml, 'always', 4000)
        const sliced = read(xml, 'where-unusual', size)
        if (JSON.stringify(sliced) !== JSON.stringify(parsed))
          throw new Error(JSON.stringify({ sliced, parsed }).slice(0, 500))
      },
    )
    expect(counterexample(property)).toBe('')
  })

  it('with any bytes changed means the same, sliced or parsed', { timeout: 180_000 }, () => {
    const usual = '<rpm:requires>\n<rpm:entry name="b" flags="GE" epoch="0" ver="1" rel="2"/>\n</rpm:requires>'
    const sound = Buffer.from(
      primaryXml([packageXml({ format: FORMAT }), packageXml({ format: usual }), packageXml({ name: 'é' })]),
    )
    const changes = fc.array(
      fc.tuple(fc.nat(sound.length - 1), fc.constantFrom(...Buffer.from('<>/&;"\'= x:!?-[]\n\r\t\u0000é'))),
      { maxLength: 4 },
    )
    const property = fc.property(changes, (list) => {
      const bytes = Buffer.from(sound)
      for (const [at, byte] of list) bytes[at] = byte
      const [sliced, parsed] = [read(bytes), read(bytes, 'always')]
      if (JSON.stringify(sliced) !== JSON.stringify(parsed))
        throw new Error(JSON.stringify({ sliced, parsed }).slice(0, 500))
    })
    expect(counterexample(property)).toBe('')
  })
})

describe('a primary.xml that is made to be too much', () => {
  const head = primaryXml([], 1).replace('\n</metadata>\n', '')
  /** Refused before all of it was looked at; the bytes that were. */
  function refusedAfter(piece: string, start = ''): number {
    const scanner = openPrimaryScanner('primary.xml', openRpmListBuilder())
    scanner.write(Buffer.from(head + start))
    const bytes = Buffer.from(piece.repeat(Math.ceil(65_536 / piece.length)))
    for (let written = 0; written < 256 * 1024 * 1024; written += bytes.length) {
      try {
        scanner.write(bytes)
      } catch (error) {
        if (!isFault(error, 'repository_refused')) throw error
        return written
      }
    }
    return Number.POSITIVE_INFINITY
  }

  it.each([
    ['a name without end', 'x', '<package><name>'],
    ['an attribute without end', 'x', '<package><name a="'],
    ['a tag without end', 'x', '<'],
    ['a comment without end', 'x', '<!--'],
    ['attributes without end', ' a="b"', '<package><name'],
    ['different attributes without end', ' a="b" ', '<package><name'],
    ['elements in elements', '<a>', '<package>'],
    ['a package of relations', '<rpm:entry name="a"/>', '<package><format><rpm:provides>'],
    ['an entity without end', 'a', '<package><name>&'],
    ['a document type', 'x', '<!DOCTYPE x ['],
    ['an instruction without end', 'x', '<?x '],
  ])('by %s is refused early', (_, piece, start) => {
    expect(refusedAfter(piece, start)).toBeLessThan(64 * 1024 * 1024)
  })
})
