import { describe, expect, it } from 'vitest'
import { readProgress } from '#scanners/nmap/progress.ts'

describe('readProgress', () => {
  it.each([
    ['', null],
    ['<host starttime="1">', null],
    ['<taskbegin task="Connect Scan" time="1"/>', 5],
    [
      '<taskbegin task="Connect Scan" time="1"/>\n<taskprogress task="Connect Scan" time="2" percent="50.00" remaining="9" etc="11"/>',
      30,
    ],
    ['<taskend task="SYN Stealth Scan" time="1" extrainfo="1000 total ports"/>', 55],
    ['<taskbegin task="Service scan" time="1"/>', 55],
    ['<taskprogress task="NSE" time="2" percent="100.00"/>', 99],
    ['<taskprogress task="NSE" time="2" percent="9999999999"/>', 99],
    ['<taskbegin task="something else" time="1"/>', null],
  ])('reads %j as %j percent', (end, percent) => {
    expect(readProgress(end)).toBe(percent)
  })
})
