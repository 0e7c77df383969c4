/** Prints what a corpus came to, so that the log of a run shows the number and not only that it was good enough. */
export function tellCount(what: string, counts: Readonly<Record<string, number | string>>): void {
  const told = Object.entries(counts).map(([name, count]) => `${name} ${count}`)
  process.stdout.write(`${what}: ${told.join(', ')}\n`)
}
