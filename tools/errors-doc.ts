import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FAULTS } from '#shared/domain/fault.ts'

/** `docs/errors.md`, made from the table of faults: `node tools/errors-doc.ts` writes it anew. */
export function describeErrors(): string {
  const sections = Object.entries(FAULTS).map(([code, fault]) => {
    const advice = fault.retry
      ? 'The same call may work later.'
      : 'The same call will not work later: it needs a person or another input.'
    return `## ${code}\n\n${fault.meaning} ${advice} Over HTTP: ${fault.httpStatus}.\n`
  })
  return [
    '# Errors',
    '',
    '<!-- Made by tools/errors-doc.ts from shared/domain/fault.ts. -->',
    '',
    'Every fault that Lazaret raises on purpose has a code that never changes its meaning. The HTTP API answers a fault as a problem',
    'document (RFC 9457): `code` is one of these, `detail` says in one sentence what is wrong, and `place`, where it is known, names the',
    'file and line of the input. A path with another method than it takes is answered with 405 and the code `request_invalid`.',
    '',
    ...sections,
  ].join('\n')
}

export const ERRORS_PAGE = join(import.meta.dirname, '..', 'docs', 'errors.md')

if (import.meta.main) await writeFile(ERRORS_PAGE, describeErrors())
