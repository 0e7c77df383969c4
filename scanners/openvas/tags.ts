const KEY =
  /(?:^|\|)(cvss_base_vector|summary|insight|affected|impact|solution|vuldetect|solution_type|qod_type|qod|deprecated|creation_date|last_modification|risk_factor)=/g

/**
 * The `tags` of a check: `key=value|key=value`. Values hold `|`, `=` and line breaks themselves, so that only `|`, a known key and `=` end one.
 * `NOTAGS` and nothing: an empty map. A key that is there twice counts the first time.
 */
export function readTags(text: string): ReadonlyMap<string, string> {
  const tags = new Map<string, string>()
  const matches = [...text.matchAll(KEY)]
  matches.forEach((match, index) => {
    const key = match[1] ?? ''
    const value = text.slice(match.index + match[0].length, matches[index + 1]?.index ?? text.length).trim()
    if (!tags.has(key)) tags.set(key, value)
  })
  return tags
}
