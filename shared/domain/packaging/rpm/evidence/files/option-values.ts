/** A list as libdnf splits it: by blank, comma and newline. `isReset`: it begins with a delimiter, which clears what was set before. */
export function splitList(text: string): { readonly items: readonly string[]; readonly isReset: boolean } {
  const items = text.split(/[ ,\n]+/).filter((item) => item !== '')
  return { items, isReset: /^ *[,\n]/.test(text) || items.length === 0 }
}

/** `1 yes true on`, `0 no false off` in any case (libdnf, OptionBool); null: neither, which dnf ignores with a word. */
export function readBoolean(text: string): boolean | null {
  const word = text.trim().toLowerCase()
  if (['1', 'yes', 'true', 'on'].includes(word)) return true
  return ['0', 'no', 'false', 'off'].includes(word) ? false : null
}

/** The whole number that a value begins with, within what libdnf holds in 32 bits (OptionNumber looks no further); null: none. */
export function readInteger(text: string): number | null {
  const word = /^\s*([+-]?\d{1,10})(?!\d)/.exec(text)?.[1]
  const value = Number(word ?? Number.NaN)
  return value >= -2_147_483_648 && value <= 2_147_483_647 ? value : null
}
