/** A word of the evidence as a message may show it: anything but a plain word could be a secret, or unreadable. */
export function showWord(text: string): string {
  return /^[A-Za-z0-9+_.-]{1,40}$/.test(text) ? `"${text}"` : 'something unreadable'
}
