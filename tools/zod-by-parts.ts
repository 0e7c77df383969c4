import { readFile } from 'node:fs/promises'
import type { Plugin } from 'esbuild'

const WHOLE = "import { z } from 'zod'"

/**
 * Zod is one object with everything in it, 49 languages included, and a bundler keeps it whole. Imported as a namespace it is the same
 * to us, and what nobody uses is left out.
 */
export const zodByParts: Plugin = {
  name: 'zod-by-parts',
  setup(build) {
    // Every source of ours, whatever folders there come to be: packages ship JavaScript.
    build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8')
      return { contents: source.replace(WHOLE, "import * as z from 'zod'"), loader: 'ts' }
    })
  },
}
