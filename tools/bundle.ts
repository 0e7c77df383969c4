// `npm run build`: what is published. One bundle with its lazily loaded parts beside it; native packages stay packages.
// `node tools/bundle.ts DIR` puts it elsewhere than into `dist/`.
import { createHash } from 'node:crypto'
import { cpSync, rmSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { build } from 'esbuild'
import type { BuildOptions } from 'esbuild'
import { zodByParts } from './zod-by-parts.ts'

const root = join(import.meta.dirname, '..')
const out = resolve(process.argv[2] ?? join(root, 'dist'))

if (process.argv[2] === undefined) rmSync(out, { recursive: true, force: true })
const options = {
  entryPoints: {
    lazaret: join(root, 'cli', 'main.ts'),
    'compute-thread': join(root, 'station', 'computing', 'thread.ts'),
  },
  outdir: out,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minify: true,
  legalComments: 'linked',
  external: ['@napi-rs/lzma'],
  plugins: [zodByParts],
  // Commander is CommonJS and asks for Node's own modules by `require`.
  banner: {
    js: "import { createRequire as lazaretRequire } from 'node:module'; const require = lazaretRequire(import.meta.url);",
  },
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions

// The bundle names itself by its content, so that what one build kept is not believed by another.
const trial = await build({ ...options, write: false })
const content = createHash('sha256')
for (const { path, hash } of trial.outputFiles.toSorted((a, b) => (a.path < b.path ? -1 : 1)))
  content.update(basename(path)).update(hash)
const result = await build({
  ...options,
  define: { LAZARET_BUILD: JSON.stringify(content.digest('hex').slice(0, 32)) },
})
cpSync(join(root, 'agents', 'remote-importer', 'lazaret-importer'), join(out, 'lazaret-importer'))
cpSync(join(root, 'agents', 'gates'), join(out, 'gates'), { recursive: true })

const bytes = Object.values(result.metafile.outputs).reduce((sum, output) => sum + output.bytes, 0)
console.log(`lazaret.mjs and ${Object.keys(result.metafile.outputs).length - 1} parts, ${Math.round(bytes / 1024)} KiB`)
