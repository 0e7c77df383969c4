import type { AptRelations } from '../model.ts'

/**
 * apt's own hash of what tells two builds of one version string apart (`debListParser::VersionHash`): Installed-Size, Depends,
 * Pre-Depends, Conflicts, Breaks and Replaces one after the other, without white space and `=` (dpkg writes the old `<` as `<=`) and
 * without epochs of zero, in lower case. 32 bits, as apt compares them.
 */
export function hashVersion(fields: { readonly installedSize: string; readonly relations: AptRelations }): number {
  const { depends, preDepends, conflicts, breaks, replaces } = fields.relations
  let hash = 5381
  for (const text of [fields.installedSize, depends, preDepends, conflicts, breaks, replaces]) {
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at)
      if (code === ZERO && text.charCodeAt(at + 1) === COLON) at += 1
      else if (code !== EQUALS && !(code === SPACE || (code >= TAB && code <= RETURN))) {
        hash = (Math.imul(hash, 33) + (code >= UPPER_A && code <= UPPER_Z ? code + 32 : code)) | 0
      }
    }
  }
  return hash >>> 0
}

const TAB = 9
const RETURN = 13
const SPACE = 32
const ZERO = 48
const COLON = 58
const EQUALS = 61
const UPPER_A = 65
const UPPER_Z = 90
