import type { AbuseRow } from './api-abuse.ts'

/** Scans and reports that nobody should ask for. The world has one machine, `web1`, and no scanner. */
export function* scans(): Generator<AbuseRow> {
  const asked: readonly (readonly [string, unknown, number])[] = [
    ['no machines', {}, 400],
    ['an empty list', { machines: [] }, 400],
    ['a text for a list', { machines: 'web1' }, 400],
    ['a number for a machine', { machines: [1] }, 400],
    ['an option for a machine', { machines: ['--script=all'] }, 400],
    ['a path for a machine', { machines: ['../web1'] }, 400],
    ['a machine that nobody registered', { machines: ['nobody'] }, 404],
    ['501 machines', { machines: Array.from({ length: 501 }, (_, at) => `m${at}`) }, 400],
    ['an unknown key', { machines: ['web1'], networks: ['0.0.0.0/0'] }, 400],
    ['no scanner that is there', { machines: ['web1'], scanners: ['__proto__'] }, 404],
    ['an empty list of scanners', { machines: ['web1'], scanners: [] }, 400],
    ['no scanner configured', { machines: ['web1'] }, 400],
    ['17 addresses', { machines: [{ name: 'web1', addresses: Array.from({ length: 17 }, () => '127.0.0.1') }] }, 400],
    ...[
      '-oN/tmp/x',
      '8.8.8.8',
      '10.0.0.1',
      '169.254.169.254',
      '::ffff:8.8.8.8',
      '64:ff9b::808:808',
      'localhost',
      '127.0.0.1/8',
      '127.0.0.1 8.8.8.8',
      '0.0.0.0',
      '2130706433',
      '',
    ].map(
      (address) => [`the address "${address}"`, { machines: [{ name: 'web1', addresses: [address] }] }, 422] as const,
    ),
  ]
  for (const [what, body, status] of asked) {
    const headers = ['Content-Type', 'application/json']
    const text = Buffer.from(JSON.stringify(body))
    yield { name: `a scan of ${what}`, method: 'POST', path: '/v1/scans', headers, body: text, expected: [status] }
  }
  for (const name of ['__proto__', 'constructor', 'nobody', 'a'.repeat(129), '%2e%2e%2fx']) {
    const what = name.slice(0, 20)
    const path = `/v1/scans/${name}`
    yield { name: `the scan ${what}`, method: 'GET', path, expected: [400, 404] }
    yield { name: `the end of the scan ${what}`, method: 'DELETE', path, expected: [400, 404] }
    yield { name: `the report of the scan ${what}`, method: 'GET', path: `${path}/report`, expected: [400, 404] }
  }
  yield { name: 'a report of no known format', method: 'GET', path: '/v1/scans/x/report?format=exe', expected: [400] }
  yield {
    name: 'a verdict with half a scan',
    method: 'POST',
    path: '/v1/machines/web1/verdict?scan=half',
    expected: [400],
  }
  yield {
    name: 'a verdict with a scan that nobody can do',
    method: 'POST',
    path: '/v1/machines/web1/verdict?scan=required',
    expected: [400],
  }
  yield* reports()
}

function* reports(): Generator<AbuseRow> {
  const bodies = [
    ['nothing', ''],
    ['HTML', '<!doctype html><html><body>Login</body></html>'],
    ['half an element', '<nmaprun scanner="nmap"><host'],
    ['a bomb', '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><nmaprun>&c;</nmaprun>'],
    ['an outside entity', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><nmaprun>&b;</nmaprun>'],
    ['the wrong root', '<wrong/>'],
    ['bytes', '\u0000\u0001\u0002'],
    ['depth 100,000', '<a>'.repeat(100_000)],
  ] as const
  for (const [what, text] of bodies)
    yield report(`a report with ${what}`, '?machine=web1', 'application/xml', text, 422)
  yield report('a report as a page', '?machine=web1', 'text/html', '<nmaprun/>', 415)
  yield report('a report for nobody', '?machine=nobody', 'application/xml', '<nmaprun/>', 404)
  yield report('a report for an option', '?machine=--all', 'application/xml', '<nmaprun/>', 400)
  yield report('a report with a path', '?file=/etc/passwd', 'application/xml', '<nmaprun/>', 400)
}

function report(name: string, query: string, type: string, text: string, status: number): AbuseRow {
  const headers = ['Content-Type', type]
  return { name, method: 'POST', path: `/v1/reports${query}`, headers, body: Buffer.from(text), expected: [status] }
}
