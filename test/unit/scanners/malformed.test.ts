import { describe, expect, it } from 'vitest'
import { isFault } from '#shared/domain/fault.ts'
import { readAnyReport } from '#scanners/detect-report.ts'
import {
  madeHost,
  madeItem,
  madeNessus,
  madeNmap,
  madeNmapHost,
  madeNmapPort,
  madeOpenvas,
  madeResult,
} from '#test/support/made-reports.ts'
import { reportChunks } from '#test/support/report-chunks.ts'

const read = (content: string | Uint8Array) => readAnyReport(reportChunks(content), 'vm')
const REPORTS: [string, string][] = [
  ['nessus', madeNessus()],
  ['openvas', madeOpenvas()],
  ['nmap', madeNmap()],
]
const encode16 = (text: string, isBig: boolean) => {
  const bytes = Buffer.from(`\ufeff${text.replace('encoding="UTF-8"', 'encoding="UTF-16"')}`, 'utf16le')
  return isBig ? bytes.swap16() : bytes
}
const declare = (text: string, encoding: string) =>
  `<?xml version="1.0" encoding="${encoding}"?>${text.replace(/^<\?xml[^>]*>\s*/, '')}`

describe.each(REPORTS)('a report of %s', (_scanner, text) => {
  it('is the same with a byte order mark and in other encodings', async () => {
    const plain = await read(text)

    expect(await read(`\ufeff${text}`)).toEqual(plain)
    expect(await read(encode16(text, false))).toEqual(plain)
    expect(await read(encode16(text, true))).toEqual(plain)
    expect(await read(Buffer.from(declare(text, 'ISO-8859-1'), 'latin1'))).toEqual(plain)
  })

  it('is refused where it is declared in UTF-16 and is not', async () => {
    await expect(read(declare(text, 'UTF-16'))).rejects.toThrow(/UTF-16/)
  })

  it('is refused where its bytes are no UTF-8', async () => {
    const bytes = Buffer.from(text)
    bytes[bytes.indexOf('vm')] = 0xe9

    await expect(read(bytes)).rejects.toThrow(/not utf-8/)
  })

  it('loses control characters, raw or as references, and says so', async () => {
    const broken = text.replace('vm', '\u0000v&#x1B;m&#1;')
    const report = await read(broken)

    expect(report.reasons).toEqual(['repaired: 3 control characters that XML forbids were taken out'])
    expect({ ...report, reasons: [] }).toEqual(await read(text))
  })

  it.each([
    ['an entity bomb', '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>', ''],
    ['an external entity', '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', ''],
    ['an external document type', '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">', ''],
    ['an entity without a declaration', '', '&a;'],
    ['the name of an inherited property as an entity', '', '&constructor;'],
    ['an open element', '', '<b>'],
    ['a bare ampersand', '', 'a & b'],
    ['a second root', '', ''],
  ])('is refused with %s', async (title, documentType, inner) => {
    const root = text.replace(/^(?:<\?[^>]*>\s*|<![^>]*>\s*)*/, '')
    const broken = `${documentType}${root.replace('</', `${inner}</`)}${title === 'a second root' ? '<a/>' : ''}`
    const error = await read(broken).catch((reason: unknown) => reason)

    expect(isFault(error, 'report_malformed')).toBe(true)
    expect(isFault(error) && error.place.line).toBeGreaterThan(0)
    expect(String(error)).not.toContain('root:')
  })

  it('is refused where it is nested too deeply', async () => {
    const deep = `${'<a>'.repeat(200)}${'</a>'.repeat(200)}`

    await expect(read(text.replace('</', `${deep}</`))).rejects.toThrow(/nested too deeply|not well-formed/)
  })

  it('is never complete when it is cut, at whatever byte', async () => {
    const bytes = Buffer.from(text)
    const end = text.trimEnd().length
    const outcomes: string[] = []
    for (let length = 0; length < end; length += 7) {
      const report = await read(bytes.subarray(0, length)).catch((error: unknown) => error)
      if (!isFault(report, 'report_malformed')) outcomes.push(`${length}: ${String(report)}`)
    }

    expect(outcomes).toEqual([])
  })
})

describe('hostile reports', () => {
  it('pollute nothing', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
    const item = names
      .map((name) => madeItem(`<${name}>x</${name}><cve>${name}</cve>`, { pluginID: name, pluginName: name }))
      .join('')
    const tags = names.map((name) => `<tag name="${name}">x</tag>`).join('')
    const nessus = await read(madeNessus(item, `${tags}<tag name="host-ip">__proto__</tag>`))
    const openvas = await read(madeOpenvas({ results: names.map((oid) => madeResult({ oid, port: oid })).join('') }))
    const nuclei = await read(
      '{"__proto__":{"x":1},"template-id":"__proto__","info":{"__proto__":{"x":1},"name":"constructor"}}\n',
    )

    expect(nessus.findings.map(({ check }) => check)).toEqual(['19506', ...names])
    expect(openvas.findings.map(({ check }) => check)).toEqual(names)
    expect(nuclei.findings.map(({ check }) => check)).toEqual(['__proto__'])
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  it('keep long texts only in part, and say how much was cut', async () => {
    const { findings } = await read(madeNessus(madeItem(`<plugin_output>${'x'.repeat(100_000)}</plugin_output>`)))

    const text = findings[1]?.evidence[0] ?? ''
    expect(text.length).toBeLessThanOrEqual(8000)
    const [, kept = '', more] = /^(x+) … \[(\d+) characters more\]$/.exec(text) ?? []
    expect(kept.length + Number(more)).toBe(100_000)
  })

  it.each([
    ['an element of too many parts', madeOpenvas({ results: madeResult({ more: '<a/>'.repeat(60_000) }) })],
    ['a text that is too long', madeNessus(madeItem(`<description>${'x'.repeat(13 * 1024 * 1024)}</description>`))],
    [
      'an element of too many attributes',
      madeNessus(`<ReportItem ${Array.from({ length: 600 }, (_, n) => `a${n}=""`).join(' ')}/>`),
    ],
    ['an entry of nuclei that is too long', `{"template-id":"${'x'.repeat(13 * 1024 * 1024)}`],
  ])('are refused for %s', async (_title, text) => {
    const error = await readAnyReport(reportChunks(text, 1_000_000), 'vm').catch((reason: unknown) => reason)

    expect(isFault(error, 'report_too_large')).toBe(true)
  })

  it.each([
    ['white space in titles', madeNessus(madeItem('', { pluginName: ' '.repeat(200_000) }))],
    ['separators in tags', madeOpenvas({ results: madeResult({ nvt: `<tags>${'|summary'.repeat(50_000)}</tags>` }) })],
    ['digits in ports', madeOpenvas({ results: madeResult({ port: '1'.repeat(300_000) }) })],
    [
      'commas in references',
      madeOpenvas({ results: madeResult({ nvt: `<cve>${'CVE-2020-1,'.repeat(100_000)}</cve>` }) }),
    ],
    [
      'zeros in references to characters',
      madeNessus(madeItem(`<description>&#${'0'.repeat(100_000)}65;</description>`)),
    ],
    ['results that repeat', madeOpenvas({ results: madeResult().repeat(20_000), hosts: madeHost() })],
    [
      'lines of scan information',
      madeNessus(madeItem(`<plugin_output>${' : \n'.repeat(200_000)}</plugin_output>`, { pluginID: '19506' })),
    ],
    [
      'risk factors',
      madeNmap({
        hosts: madeNmapHost(
          madeNmapPort(
            `<script id="x" output="${'Risk factor: '.repeat(50_000)}"><table><elem key="state">VULNERABLE</elem><elem key="title">x</elem></table></script>`,
          ),
        ),
      }),
    ],
  ])('take no long time over many %s', async (_title, text) => {
    const started = process.cpuUsage()
    await readAnyReport(reportChunks(text, 100_000), 'vm').catch((error: unknown) => {
      if (!isFault(error)) throw error
    })

    const { user, system } = process.cpuUsage(started)
    expect((user + system) / 1000).toBeLessThan(5000)
  })
})
