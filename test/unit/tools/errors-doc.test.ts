import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { FAULTS } from '#shared/domain/fault.ts'
import { describeErrors, ERRORS_PAGE } from '#tools/errors-doc.ts'

describe('docs/errors.md', () => {
  it('is what the table of faults says: run node tools/errors-doc.ts when it is not', async () => {
    expect(await readFile(ERRORS_PAGE, 'utf8')).toBe(describeErrors())
  })

  it('has a heading for every code, so that the link in a problem document leads there', () => {
    const headings = [...describeErrors().matchAll(/^## (.+)$/gm)].map(([, code]) => code)

    expect(headings).toEqual(Object.keys(FAULTS))
  })
})
