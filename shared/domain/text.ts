/** `3 minutes`, `2 hours`, `5 days`: the time from an ISO moment to now, for a person. A moment in the future reads `0 seconds`. */
export function describeAge(since: string, now: Date): string {
  return describeSeconds(Math.max(0, (now.getTime() - Date.parse(since)) / 1000))
}

const STEPS = [
  { name: 'day', seconds: 86_400 },
  { name: 'hour', seconds: 3600 },
  { name: 'minute', seconds: 60 },
] as const

export function describeSeconds(seconds: number): string {
  for (const step of STEPS) {
    if (seconds >= step.seconds) return plural(Math.floor(seconds / step.seconds), step.name)
  }
  return plural(Math.floor(seconds), 'second')
}

/** `1 package`, `2 packages`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

// C0 but for newline and tab, DEL, C1, and the characters that reorder text (Unicode bidi controls) or hide in it.
const UNSAFE =
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g

/** Text from strangers made inert for a terminal: control and reordering characters become `\u…` escapes. Newlines and tabs pass. */
export function inert(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** JSON whose strings are inert on a terminal too: the same characters as JSON escapes, so that it still parses to the same value. */
export function inertJson(value: unknown, indent?: number): string {
  return inert(JSON.stringify(value, null, indent))
}
