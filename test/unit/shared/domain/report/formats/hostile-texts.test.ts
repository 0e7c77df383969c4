import { describe, expect, it } from 'vitest'

import { writeCsvReport } from '#shared/domain/report/formats/csv.ts'
import { writeHtmlReport } from '#shared/domain/report/formats/html.ts'
import { writeJsonReport } from '#shared/domain/report/formats/json.ts'
import { REPORT_WRITERS } from '#shared/domain/report/formats/write-report.ts'
import { writeXmlReport } from '#shared/domain/report/formats/xml.ts'
import { HOSTILE_TEXTS, whatIsLive } from '#test/support/hostile-texts.ts'
import { readCsv } from '#test/support/read-csv.ts'
import { makeHostileReport } from '#test/support/reports.ts'
import { readXml } from '#test/support/read-xml.ts'

const FORMATS = Object.entries(REPORT_WRITERS).map(([name, { write }]) => [name, write] as const)

describe.each(FORMATS)('a hostile text in a report as %s', (name, write) => {
  it.each(HOSTILE_TEXTS)('is shown and does nothing: $name', ({ mark, text }) => {
    const written = write(makeHostileReport(text))

    expect(written).toContain(mark)
    expect(whatIsLive(written)).toBe('')
    expect(name === 'html' ? listForeignMarkup(written) : []).toEqual([])
  })

  it('costs no more than a scanner may say', () => {
    const started = performance.now()

    write(makeHostileReport('<&\'"`=\u202e\n\t '.repeat(2000)))

    expect(performance.now() - started).toBeLessThan(5000)
  })
})

describe('a hostile text in a report', () => {
  it.each([
    ...HOSTILE_TEXTS.map(({ text }) => text),
    '=1+1',
    '+1',
    '-1',
    '@SUM(1)',
    '\t=1',
    ' =1',
    '\r=1',
    '\u202e=1',
    '＝1',
    '|cmd',
  ])('begins no formula in a field: %j', (text) => {
    const fields = readCsv(writeCsvReport(makeHostileReport(text))).flat()

    expect(fields.length).toBeGreaterThan(30)
    expect(fields.filter((field) => /^\s*[=+\-@|%＝＋－＠]/.test(field))).toEqual([])
  })

  it.each(HOSTILE_TEXTS)('is read back by a strict XML parser: $name', ({ mark, text }) => {
    const texts = readXml(writeXmlReport(makeHostileReport(text)))

    expect(texts.filter((one) => one.includes(mark)).length).toBeGreaterThan(10)
  })

  it('ends no attribute and no element, whatever quotes it has', () => {
    const text = `zq" autofocus onfocus=a' b\` <&> --><!-- ]]> </script></style>`
    const page = writeHtmlReport(makeHostileReport(text))

    expect(page).not.toMatch(/zq["'`<>]/)
    expect(page.match(/<\/script>/g)).toHaveLength(1)
    expect(page.match(/<\/style>/g)).toHaveLength(1)
    expect(readXml(writeXmlReport(makeHostileReport(text)))).toContain(text)
    expect(readCsv(writeCsvReport(makeHostileReport(text))).flat()).toContain(text)
  })

  it('stays the same text in JSON, where it has no endless word', () => {
    const { text } = HOSTILE_TEXTS[4]!

    expect(JSON.parse(writeJsonReport(makeHostileReport(text)))).toEqual(makeHostileReport(text))
  })

  it('is no property of anything', () => {
    for (const [, write] of FORMATS) write(makeHostileReport('__proto__'))

    expect(({} as Record<string, unknown>)['zq']).toBeUndefined()
    expect(Object.keys(Object.prototype)).toEqual([])
  })
})

/** Tags that the page itself never has, and attributes that would run something. */
function listForeignMarkup(page: string): string[] {
  const body = page.slice(page.indexOf('<body>')).replace(/<script>[\s\S]*<\/script>/, '')
  return body.match(/<(?:script|img|iframe|a href="(?!#machine-\d+"))[^>]*|<[^>]*\son\w+\s*=[^>]*/gi) ?? []
}
