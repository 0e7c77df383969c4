// `npm run bench`: how fast, next to what others need for the same on this machine in this minute.
// `-- --only check,refresh` picks rows, `-- --quick` takes small sizes, `-- --seed N` other machines, `-- --out FILE` another place.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { openBench } from './bench.ts'
import { MEASUREMENTS } from './measurements.ts'
import { describeRun } from './results.ts'
import type { Row } from './row.ts'
import { formatTable } from './table.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: join(import.meta.dirname, 'results.json') },
  },
})
const wanted = values.only?.split(',') ?? MEASUREMENTS.map(({ id }) => id)
const unknown = wanted.filter((id) => !MEASUREMENTS.some((measurement) => measurement.id === id))
if (unknown.length > 0 || !/^\d{1,9}$/.test(values.seed)) {
  console.error(`--only takes ${MEASUREMENTS.map(({ id }) => id).join(', ')}; --seed a number.`)
  process.exit(2)
}

const [load = 0] = loadavg()
const folder = mkdtempSync(join(tmpdir(), 'lazaret-bench-'))
const say = (line: string) => process.stderr.write(`${line}\n`)
const bench = openBench({ folder, quick: values.quick, seed: Number(values.seed), say })
const rows: Row[] = []
try {
  for (const measurement of MEASUREMENTS.filter(({ id }) => wanted.includes(id))) {
    const started = performance.now()
    rows.push(...(await measurement.run(bench)))
    say(`${measurement.id}: measured in ${((performance.now() - started) / 1000).toFixed(1)} s`)
  }
} finally {
  await bench.close()
  rmSync(folder, { recursive: true, force: true })
}

mkdirSync(dirname(values.out), { recursive: true })
const result = describeRun(rows, { quick: values.quick, seed: Number(values.seed), at: new Date(), load })
writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`)
console.log(formatTable(rows, values.quick))
if (load > availableParallelism() / 2) {
  console.log(
    `\nOther work was going on (load ${load.toFixed(1)}): trust ratios, and those of CPU time more than those of wall time.`,
  )
}
