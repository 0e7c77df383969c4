/** One thing that is measured, next to what it is measured against in the same run. */
export interface Row {
  readonly id: string
  /** For a person: what was done. */
  readonly what: string
  readonly ours: Measured
  /** What the same machine does in the same minute; null where there is nothing to compare with. */
  readonly reference: Measured | null
  /** Ours by the reference's; null without one. */
  readonly ratio: number | null
  /** The same of user and system time, which others on the machine disturb less; null where one of them was not taken. */
  readonly cpuRatio: number | null
  readonly goal: Goal
  readonly reached: boolean
  /** Further numbers that a reader needs to judge this one. */
  readonly notes: readonly string[]
}

export interface Measured {
  readonly name: string
  readonly unit: Unit
  /** The median of the samples. */
  readonly value: number
  readonly samples: readonly number[]
  /** User and system time of the median run in milliseconds, where it was taken. */
  readonly cpuMs: number | null
}

export type Unit = 'ms' | 'per second' | 'MiB'

/** `ratio`: ours by the reference's. `value`: ours alone. */
export interface Goal {
  readonly of: 'ratio' | 'value'
  readonly is: 'at most' | 'at least'
  readonly number: number
}

/** One run of something that is measured. */
export interface Sample {
  readonly value: number
  readonly cpuMs?: number
}

/** The samples of one thing as what was measured. */
export function summarize(name: string, unit: Unit, samples: readonly Sample[]): Measured {
  const sorted = samples.toSorted((a, b) => a.value - b.value)
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? { value: Number.NaN }
  return { name, unit, value: middle.value, samples: samples.map(({ value }) => value), cpuMs: middle.cpuMs ?? null }
}

/** A row with its ratio and whether its goal was reached. A number that could not be had never reaches one. */
export function judge(row: Omit<Row, 'ratio' | 'cpuRatio' | 'reached' | 'notes'> & { notes?: readonly string[] }): Row {
  const ratio = row.reference === null ? null : row.ours.value / row.reference.value
  const [ours, theirs] = [row.ours.cpuMs, row.reference?.cpuMs ?? null]
  const cpuRatio = ours === null || theirs === null ? null : ours / theirs
  const number = row.goal.of === 'ratio' ? (ratio ?? Number.NaN) : row.ours.value
  const reached = row.goal.is === 'at most' ? number <= row.goal.number : number >= row.goal.number
  return { ...row, notes: row.notes ?? [], ratio, cpuRatio, reached }
}

/** Runs them in turn, so that whatever else the machine does falls on all of them alike. */
export async function alternate<Name extends string>(
  rounds: number,
  runs: Readonly<Record<Name, () => Promise<Sample>>>,
): Promise<Record<Name, Sample[]>> {
  const names = Object.keys(runs) as Name[]
  const samples = Object.fromEntries(names.map((name) => [name, [] as Sample[]])) as Record<Name, Sample[]>
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) samples[name].push(await runs[name]())
  }
  return samples
}
