import { cpus, totalmem } from 'node:os'
import type { Row } from './row.ts'

/** What `results.json` holds: `lazaret.bench/1`. Nothing in it says whose machine it was, nor where. */
export function describeRun(rows: readonly Row[], run: { quick: boolean; seed: number; at: Date; load: number }) {
  const processors = cpus()
  return {
    schema: 'lazaret.bench/1',
    measuredAt: run.at.toISOString(),
    quick: run.quick,
    seed: run.seed,
    /** Processes that wanted a core when it began: more than there are cores means that others were measured too. */
    loadBefore: round(run.load),
    machine: {
      processor: processors[0]?.model.trim() ?? 'unknown',
      cores: processors.length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      platform: `${process.platform} ${process.arch}`,
      node: process.version,
    },
    rows: rows.map((row) => ({
      ...row,
      ours: rounded(row.ours),
      reference: row.reference && rounded(row.reference),
      ratio: round(row.ratio),
      cpuRatio: round(row.cpuRatio),
    })),
  }
}

function rounded(measured: Row['ours']) {
  return {
    ...measured,
    value: round(measured.value),
    samples: measured.samples.map(round),
    cpuMs: round(measured.cpuMs),
  }
}

function round(value: number | null): number | null {
  return value === null || Number.isNaN(value) ? null : Number(value.toPrecision(4))
}
