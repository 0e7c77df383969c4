/** How much of the whole each kind of task is, in percent, by its order. Rough: nmap tells of one task at a time. */
const SHARES: readonly (readonly [task: RegExp, from: number, to: number])[] = [
  [/^(Ping|ARP Ping|ND Ping|Connect Ping) Scan/, 0, 5],
  [/Scan$/, 5, 55],
  [/^Service scan/, 55, 75],
  [/^NSE/, 75, 99],
]

/** Percent of the whole scan by the last thing that the report file says of its progress; null where it says nothing yet. */
export function readProgress(end: string): number | null {
  const last = [...end.matchAll(/<task(begin|progress|end) task="([^"]{1,100})"[^>]{0,200}>/g)].at(-1)
  if (last === undefined) return null

  const [tag, kind, task = ''] = last
  const share = SHARES.find(([name]) => name.test(task))
  if (share === undefined) return null
  const [, from, to] = share
  const done = kind === 'end' ? 100 : Number(/percent="([0-9.]{1,10})"/.exec(tag)?.[1] ?? 0)
  return Math.min(99, Math.floor(from + ((to - from) * Math.min(100, done)) / 100))
}
