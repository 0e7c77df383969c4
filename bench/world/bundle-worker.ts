import { join } from 'node:path'
import { build } from 'esbuild'
import type { Bench } from '../bench.ts'
import { zodByParts } from '#tools/zod-by-parts.ts'

/** A file of the measurement as it would be published: one minified module. Its path. */
export async function bundleWorker(bench: Bench, file: string): Promise<string> {
  const outfile = join(bench.bundle(), file.replace(/^.*\//, '').replace(/\.ts$/, '.mjs'))
  await build({
    entryPoints: [join(import.meta.dirname, '..', file)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: true,
    external: ['@napi-rs/lzma'],
    plugins: [zodByParts],
    banner: {
      js: "import { createRequire as benchRequire } from 'node:module'; const require = benchRequire(import.meta.url);",
    },
    logLevel: 'error',
  })
  return outfile
}
