import { describe, expect, it } from 'vitest'
import { readNucleiReport } from '#scanners/nuclei/read-report.ts'
import { madeNuclei, madeStatistics } from '#test/support/made-reports.ts'
import { reportChunks } from '#test/support/report-chunks.ts'

const read = (text: string, machine: string | null = 'vm') => readNucleiReport(reportChunks(text, 777), machine)
const readOne = async (changes: Readonly<Record<string, unknown>>) => (await read(madeNuclei(changes))).findings[0]

describe("the translation of nuclei's output", () => {
  it('takes over what a line says', async () => {
    const report = await read(madeNuclei() + madeStatistics())

    expect(report).toMatchObject({ completeness: 'complete', reasons: [], startedAt: '2026-01-02T01:04:05.123Z' })
    expect(report.hosts).toMatchObject([{ address: '10.0.0.5', isComplete: true }])
    expect(report.findings).toMatchObject([
      {
        machine: 'vm',
        address: '10.0.0.5',
        port: { number: 8080, protocol: 'tcp' },
        service: 'http',
        title: 'Apache 2.4.49 - Path Traversal',
        level: 'high',
        score: 7.5,
        scoreSource: 'cvss3',
        native: { level: 'high', severity: '7.5' },
        cves: ['CVE-2021-41773'],
        cwes: ['CWE-22'],
        references: [{ type: 'url', id: 'https://example.org/' }],
        evidence: ['http://10.0.0.5:8080/icons/.%2e/etc/passwd?x=1\nroot:x:0:0'],
        scanner: 'nuclei',
        check: 'CVE-2021-41773',
        family: 'http',
        path: 'traversal /icons/.%2e/etc/passwd',
        epss: 0.97,
        knownExploited: true,
        foundAt: '2026-01-02T01:04:05.123Z',
      },
    ])
  })

  it('keeps nothing of requests and responses, which may hold secrets', async () => {
    expect(JSON.stringify(await read(madeNuclei()))).not.toContain('s3cr3t')
  })

  it('cannot tell an empty report from a target that is off', async () => {
    expect(await read('')).toMatchObject({
      completeness: 'partial',
      reasons: ['no findings, or the target cannot be reached: nuclei does not tell'],
      findings: [],
    })
  })

  it('is complete without findings where the statistics say that requests were answered', async () => {
    expect(await read(madeStatistics({ matched: '0' }))).toMatchObject({ completeness: 'complete', findings: [] })
  })

  it.each([
    ['that stopped early', madeNuclei() + madeStatistics({ percent: '50', requests: '10' }), /10 of 20 requests/],
    ['without an answer', madeStatistics({ errors: '20', matched: '0' }), /cannot be reached/],
    ['without a request', madeStatistics({ requests: '0', total: '0', matched: '0' }), /no request/],
    ['with fewer lines than matches', madeNuclei() + madeStatistics({ matched: '2' }), /1 of 2 matches/],
    ['without statistics', madeNuclei(), /whether it is whole cannot be told/],
    ['with findings behind the statistics', madeStatistics() + madeNuclei(), /whether it is whole cannot be told/],
    ['with a line that is cut', madeNuclei() + madeNuclei().slice(0, 200), /cut within an entry \(line 2\)/],
    ['with a line that is no finding', `${madeNuclei()}{"a":1}\n${madeStatistics()}`, /entry 2 cannot be read/],
    ['with a line that is no JSON', `${madeNuclei()}{"template-id"\n${madeStatistics()}`, /entry 2 cannot be read/],
    [
      'with an error',
      madeNuclei() + madeNuclei({ 'matcher-status': false, error: 'context deadline exceeded' }) + madeStatistics(),
      /error: CVE-2021-41773: context deadline exceeded/,
    ],
    ['with an array that is cut', `[${madeNuclei()},{"template-id":`, /cut within an entry/],
  ])('is partial %s', async (_title, text, reason) => {
    const report = await read(text)

    expect(report.completeness).toBe('partial')
    expect(report.reasons.join('\n')).toMatch(reason)
    expect(report.hosts.every(({ isComplete }) => !isComplete)).toBe(true)
  })

  it('reads an array like lines', async () => {
    const elements = [madeNuclei(), madeNuclei({ 'matcher-name': 'a"]}[{\\' }), madeStatistics({ matched: '2' })]
    const array = await read(`[\n${elements.join(',\n')}]`)

    expect(array).toEqual(await read(elements.join('')))
    expect(array.findings).toHaveLength(2)
  })

  it('takes no template as a finding that did not match', async () => {
    expect((await read(madeNuclei({ 'matcher-status': false }))).findings).toEqual([])
  })

  it('reads the names of old versions', async () => {
    const finding = await readOne({
      'template-id': undefined,
      templateID: 'old-one',
      'matched-at': undefined,
      matched: 'vm.example.org:2222',
      ip: undefined,
      info: {
        name: 'Old',
        severity: 'low',
        reference: '- https://a.example.org/\n- https://b.example.org/\n',
        tags: 'a,b',
      },
    })

    expect(finding).toMatchObject({
      check: 'old-one',
      address: 'vm.example.org',
      port: { number: 2222 },
      service: '',
      level: 'low',
      references: [
        { type: 'url', id: 'https://a.example.org/' },
        { type: 'url', id: 'https://b.example.org/' },
      ],
    })
  })

  it('tells matchers of one template apart, and not what a request made up', async () => {
    const id = async (changes: Readonly<Record<string, unknown>>) => (await readOne(changes))?.id

    expect(await id({ 'matcher-name': 'other' })).not.toBe(await id({}))
    expect(await id({ 'matched-at': 'http://10.0.0.5:8080/icons/.%2e/etc/passwd?x=2' })).toBe(await id({}))
  })

  it.each([
    ['https://10.0.0.5/', { number: 443, protocol: 'tcp' }],
    ['http://[2001:db8::1]:8080/x', { number: 8080, protocol: 'tcp' }],
    ['2001:db8::1', { number: null, protocol: 'general' }],
    ['10.0.0.5', { number: null, protocol: 'general' }],
    ['10.0.0.5:99999', { number: null, protocol: 'general' }],
  ])('finds the port in %s', async (matchedAt, port) => {
    expect((await readOne({ 'matched-at': matchedAt, host: '' }))?.port).toEqual(port)
  })

  it('takes a severity that is unknown as information, and its score before its word', async () => {
    const info = { name: 'x', severity: 'unknown' }

    expect((await readOne({ info }))?.level).toBe('info')
    expect((await readOne({ info: { ...info, classification: { 'cvss-score': '9.1' } } }))?.level).toBe('critical')
  })

  it('lets no control character through that JSON can hold', async () => {
    const text = JSON.stringify(
      await readOne({ info: { name: '\u001b[31mred\u0000' }, ip: '10.0.0.5\u0007', type: '\u009b' }),
    )

    expect(text).toContain('[31mred')
    expect(text).not.toMatch(/\\u00|\u009b/)
  })

  it('refuses what is neither lines nor an array', async () => {
    await expect(read('no json at all')).rejects.toThrow(/no nuclei report/)
  })
})
