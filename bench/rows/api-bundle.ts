import { statSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { Bench, Measurement } from '../bench.ts'
import { callProgram } from '../processes.ts'
import { alternate, judge, summarize } from '../row.ts'
import type { Row, Sample } from '../row.ts'
import { bundleWorker } from '../world/bundle-worker.ts'

/** The HTTP application alone, as a function in a cloud would carry it. */
export const bundleApi: Measurement = { id: 'api-bundle', run }

async function run(bench: Bench): Promise<readonly Row[]> {
  const file = await bundleWorker(bench, 'workers/api.ts')
  const samples = await alternate(bench.rounds, {
    ours: () => timeImport(pathToFileURL(file).href),
    hono: () => timeImport('hono'),
  })
  return [
    judge({
      id: 'api-bundle',
      what: 'the bundle of the API application, minified, openpgp in it',
      ours: summarize('one file', 'MiB', [{ value: statSync(file).size / 2 ** 20 }]),
      reference: null,
      goal: { of: 'value', is: 'at most', number: 1.5 },
    }),
    judge({
      id: 'api-start',
      what: 'its import in a fresh process, no compile cache',
      ours: summarize('import of the bundle', 'ms', samples.ours),
      reference: summarize('import of hono alone', 'ms', samples.hono),
      goal: { of: 'value', is: 'at most', number: 200 },
    }),
  ]
}

async function timeImport(specifier: string): Promise<Sample> {
  const source = `const at = performance.now(); await import(${JSON.stringify(specifier)}); console.log(performance.now() - at)`
  const { stdout } = await callProgram([process.execPath, '--input-type=module', '-e', source], {
    cwd: import.meta.dirname,
  })
  return { value: Number(stdout) }
}
