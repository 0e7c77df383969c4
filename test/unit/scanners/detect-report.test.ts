import { describe, expect, it } from 'vitest'
import { readAnyReport } from '#scanners/detect-report.ts'
import { madeNessus, madeNmap, madeNuclei, madeOpenvas } from '#test/support/made-reports.ts'
import { reportChunks } from '#test/support/report-chunks.ts'

const read = (content: string | Uint8Array) => readAnyReport(reportChunks(content, 300), 'vm')

describe('a report of any kind', () => {
  it.each([
    ['nessus', madeNessus()],
    ['openvas', madeOpenvas()],
    ['nmap', madeNmap()],
    ['nuclei', madeNuclei()],
    ['nuclei', `[${madeNuclei()}]`],
    ['openvas', `\ufeff<!-- <nmaprun> --><?xml-stylesheet href="x"?>\n${madeOpenvas()}`],
    ['nmap', madeNmap().replace('<!-- Nmap', `<!-- ${'x'.repeat(20_000)} <report>`)],
  ])('of %s is known by what it begins with', async (scanner, text) => {
    expect(await read(text)).toMatchObject({ scanner })
  })

  it.each([
    ['nothing', '', /report is empty/],
    ['white space', ' \n ', /report is empty/],
    ['text', 'hello', /neither XML nor JSON/],
    ['another root', '<html/>', /begins with <html>/],
    ['a part of a report', '<ReportItem port="1"/>', /begins with <ReportItem>/],
    ['version 1 of Nessus', '<NessusClientData/>', /version 1/],
    ['a comment without an end', '<!-- ', /neither XML nor JSON/],
    ['an encoding that is not known', '<?xml version="1.0" encoding="UTF-7"?><report/>', /UTF-7/],
  ])('is refused where it is %s', async (_title, text, message) => {
    await expect(read(text)).rejects.toThrow(message)
  })

  it('closes what it reads from when it refuses it', async () => {
    let isClosed = false
    async function* chunks() {
      try {
        yield* reportChunks('<html/>')
        yield* reportChunks('x'.repeat(200_000))
      } finally {
        isClosed = true
      }
    }

    await expect(readAnyReport(chunks(), 'vm')).rejects.toThrow(/<html>/)
    expect(isClosed).toBe(true)
  })
})
