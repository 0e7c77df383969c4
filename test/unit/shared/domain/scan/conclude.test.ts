import { describe, expect, it } from 'vitest'
import { concludeReport } from '#shared/domain/scan/conclude.ts'
import type { SeenReport } from '#shared/domain/scan/scanner-run.ts'

const RUN = { flaws: [], addresses: ['10.0.0.1'] }
const WHOLE: SeenReport = {
  isComplete: true,
  reasons: [],
  completeHosts: 1,
  findings: 0,
  version: '',
  feedVersion: '',
  authenticated: null,
  answersAfter: true,
}

describe('concludeReport', () => {
  it('is done where the scanner reached the end with every address', () => {
    expect(concludeReport(RUN, WHOLE)).toEqual({ status: 'done', reason: '' })
  })

  it('is not-examined where no host was looked at, however content the scanner is', () => {
    expect(concludeReport(RUN, { ...WHOLE, completeHosts: 0 }).status).toBe('not-examined')
  })

  it.each([
    ['the report says that it is partial', { isComplete: false }, {}],
    ['the report gives a reason', { reasons: ['A check timed out.'] }, {}],
    ['the scan was stopped', {}, { flaws: ['It was stopped.'] }],
    ['one of two addresses was not looked at', {}, { addresses: ['10.0.0.1', '10.0.0.2'] }],
    ['the machine had gone when the scan ended', { answersAfter: false }, {}],
    ['there are findings, but no host that was examined to its end', { completeHosts: 0, findings: 3 }, {}],
  ])('is partial, with a reason, where %s', (_, seen, run) => {
    const outcome = concludeReport({ ...RUN, ...run }, { ...WHOLE, ...seen })

    expect(outcome).toEqual({ status: 'partial', reason: expect.stringMatching(/./) })
  })
})
