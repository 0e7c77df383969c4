import { readText } from '../../../evidence.ts'
import type { Evidence } from '../../../evidence.ts'
import type { Report } from './files/report.ts'

/** Written by the importer: what is on the machine and was not sent, one `path<TAB>reason` a line. */
export const OMITTED_FILE = 'lazaret/omitted'

const MAX_LINES = 1000
/** Without one of these nobody knows the machine's repositories or policy. */
const DECIDING =
  /^(?:etc\/(?:dnf|yum|zypp|distro\.repos\.d)|usr\/share\/dnf5|usr\/lib\/sysimage\/rpm|usr\/share\/rpm|var\/lib\/rpm|lazaret)/

// Shown as they are, so nothing that could hold an address with a password.
const PLAIN_PATH = /^[\w./+-]{1,200}$/
const PLAIN_REASON = /^[\w ,.'()-]{1,200}$/
const HARMLESS = /credentials|auth|password|private key/

/** What the importer could not send: a file that decides the answer is a problem, any other a warning. */
export function reportOmitted(evidence: Evidence, report: Report): void {
  const lines = (readText(evidence, OMITTED_FILE) ?? '').split('\n', MAX_LINES)
  for (const line of lines.filter((each) => each !== '')) {
    const [rawPath = '', rawReason = ''] = line.split('\t')
    const path = PLAIN_PATH.test(rawPath) ? rawPath : 'a file'
    const reason = PLAIN_REASON.test(rawReason) ? rawReason : 'no reason that can be shown'
    const decides = DECIDING.test(rawPath) && !HARMLESS.test(`${rawPath} ${rawReason}`)
    const kind = decides ? report.problems : report.warnings
    kind.push(`${path}: not sent: ${reason}.`)
  }
}
