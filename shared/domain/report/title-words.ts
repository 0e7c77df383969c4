/** Characters of a title that count. Scanners' titles have some 60; the rest of a flood tells nobody more. */
const MAX_CHARACTERS = 300

/** Words that say nothing about what was found. */
const EMPTY_WORDS = new Set(
  (
    'a an and are as at by for from in is it of on or over the to via with ' +
    'active based check checks detect detected detection enabled http https info information linux multiple ops remote ' +
    'report reporting running server service ssl supported supports test tls unix version vulnerabilities vulnerability windows'
  ).split(' '),
)

/**
 * A title as words of small letters and digits with one space around each, so that ` ssl certificate ` is looked for as it stands:
 * `SSL/TLS: Certificate Expired` is ` ssl tls certificate expired `. An optional plural (`Algorithm(s)`) is a plural.
 */
export function spellTitle(title: string): string {
  const words = title
    .slice(0, MAX_CHARACTERS)
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll('(s)', 's')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
  return ` ${words.trim()} `
}

/** The words of a spelt title that tell one thing from another. */
export function tellingWords(spelt: string): ReadonlySet<string> {
  return new Set(spelt.split(' ').filter((word) => word !== '' && !EMPTY_WORDS.has(word)))
}

/** How much two titles have in common: shared words among all words (Jaccard), 0 to 1; 0 where one has none. */
export function compareWords(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  if (one.size === 0 || other.size === 0) return 0

  let shared = 0
  for (const word of one) if (other.has(word)) shared += 1
  return shared / (one.size + other.size - shared)
}
