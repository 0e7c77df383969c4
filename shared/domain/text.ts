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

/** `1 package`, `2 packages`, `3 repositories`. */
export function plural(count: number, noun: string): string {
  if (count === 1) return `1 ${noun}`
  return `${count} ${/[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`}`
}

// Controls but for newline and tab; what reorders text, hides in it or is not seen at all; line separators; and of the marks that stack
// on one letter all beyond the fourth, more than any script needs, so that nothing grows into the lines above.
const UNSAFE = /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]--[\n\t]]|(?<=\p{M}{4})\p{M}/gv

/** Text from strangers made inert for a terminal: such characters become `\u…` escapes, one for each UTF-16 unit. Newlines and tabs pass. */
export function inert(text: string): string {
  return text.replace(UNSAFE, escapeUnits)
}

function escapeUnits(character: string): string {
  let escaped = ''
  for (let at = 0; at < character.length; at += 1) {
    escaped += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`
  }
  return escaped
}

/** The same for one line: a newline in a stranger's text must not begin a line of its own that looks like one of ours. */
export function inertLine(text: string): string {
  return inert(text).replaceAll('\n', '\\u000a')
}

/** JSON whose strings are inert on a terminal too: the same characters as JSON escapes, so that it still parses to the same value. */
export function inertJson(value: unknown, indent?: number): string {
  return inert(JSON.stringify(value, null, indent))
}
