/** Rows of fields as RFC 4180 has them; throws at anything that it has not. */
export function readCsv(text: string): string[][] {
  const rows: string[][] = [[]]
  let rest = text
  while (rest !== '') {
    const field = /^"((?:[^"]|"")*)"(,|\r?\n)/.exec(rest)
    if (field === null) throw new Error(`No field: ${rest.slice(0, 80)}`)

    rows.at(-1)!.push(field[1]!.replaceAll('""', '"'))
    rest = rest.slice(field[0].length)
    if (field[2] !== ',' && rest !== '') rows.push([])
  }
  return rows
}
