/**
 * What a reader has to say. `problems` make every later answer unknown, `warnings` are for a person. Sentences begin with a place; nothing
 * in them could be a secret.
 */
export interface Report {
  readonly warnings: string[]
  readonly problems: string[]
}

export function emptyReport(): Report {
  return { warnings: [], problems: [] }
}

/** Sentences that are kept of each kind; a hostile file could make one a line. */
const MAX_SENTENCES = 50

/** Each sentence once, and of too many only how many more there are. */
export function limitSentences(sentences: readonly string[]): string[] {
  const distinct = [...new Set(sentences)]
  const left = distinct.length - MAX_SENTENCES
  if (left <= 0) return distinct
  return [...distinct.slice(0, MAX_SENTENCES), `and ${left} ${left === 1 ? 'sentence' : 'sentences'} more like these.`]
}
