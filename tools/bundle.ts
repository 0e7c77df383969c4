// `npm run build`: what is published. One bundle with its lazily loaded parts beside it; native packages stay packages.
// `node tools/bundle.ts DIR` puts it elsewhere than into `dist/`.
import { cpSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { zodByParts } from './zod-by-parts.ts'

const root = join(import.meta.dirname, '..')
const out = resolve(process.argv[2] ?? join(root, 'dist'))

if (process.argv[2] === undefined) rmSync(out, { recursive: true, force: true })
const result = await build({
  entryPoints: { lazaret: join(root, 'cli', 'main.ts') },
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
})
cpSync(join(root, 'agents', 'remote-importer', 'lazaret-importer'), join(out, 'lazaret-importer'))

const bytes = Object.values(result.metafile.outputs).reduce((sum, output) => sum + output.bytes, 0)
console.log(`lazaret.mjs and ${Object.keys(result.metafile.outputs).length - 1} parts, ${Math.round(bytes / 1024)} KiB`)
