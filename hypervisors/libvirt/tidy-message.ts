const MAX_MESSAGE = 500
const MAX_READ = 16_384

/**
 * What virsh says, for a person: one line, no control characters, bounded in its middle, because a hook's own reason stands at the end,
 * behind the command with its whole environment, which is left out.
 */
export function tidyMessage(errors: string): string {
  const words = errors
    .slice(0, MAX_READ)
    .replaceAll('error: ', '')
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .replace(/\((?:[A-Z_]+=\S* )+/g, '(')
    .trim()
  if (words.length <= MAX_MESSAGE) return words

  const half = MAX_MESSAGE / 2
  return `${words.slice(0, half)}…${words.slice(-half)}`
}
