/** CVE ids as the CVE project forms them; case and white space do not matter. null for anything else. */
export function readCve(text: string): string | null {
  const id = text.trim().toUpperCase()
  return /^CVE-\d{4}-\d{4,19}$/.test(id) ? id : null
}

/** A Bugtraq id: a number. Feeds put other things there too. */
export function readBid(text: string): string | null {
  const id = text.trim()
  return /^\d{1,9}$/.test(id) ? id : null
}

/** `CWE-79` from `79`, `cwe-79` or `CWE:79`; null for anything else. */
export function readCwe(text: string): string | null {
  const number = /^(?:CWE[-:])?(\d{1,6})$/.exec(text.trim().toUpperCase())?.[1]
  return number === undefined ? null : `CWE-${Number(number)}`
}
