import { fieldOf } from './stanzas.ts'
import type { Stanza } from './stanzas.ts'

/**
 * Newer versions of every package of some sources, as a security archive would bring them: what siblings demand of each other
 * exactly follows.
 */
export function updateSources(index: readonly Stanza[], sources: ReadonlySet<string>, suffix: string): Stanza[] {
  return index
    .filter(({ source }) => sources.has(source))
    .map((stanza) => {
      const version = `${stanza.version}${suffix}`
      const text = stanza.text
        .replace(`\nVersion: ${stanza.version}\n`, `\nVersion: ${version}\n`)
        .replace(/^(?:Depends|Pre-Depends): .*$/gm, (line) => line.replace(/\(= ([^)\s]+)\)/g, `(= $1${suffix})`))
      return { ...stanza, version, text: withSourceVersion(text, suffix) }
    })
}

/** `Source: foo (1.0)`: the source moves along. */
function withSourceVersion(text: string, suffix: string): string {
  const source = fieldOf(text, 'Source')
  const moved = source.replace(/\(([^)\s]+)\)/, `($1${suffix})`)
  return moved === source ? text : text.replace(`Source: ${source}\n`, `Source: ${moved}\n`)
}

/** Sources of these packages, each as often as it comes, until the updates make about so many packages. */
export function pickSources(
  installed: readonly Stanza[],
  packages: number,
  draw: (below: number) => number,
): Set<string> {
  const sizes = new Map<string, number>()
  for (const { source } of installed) sizes.set(source, (sizes.get(source) ?? 0) + 1)
  const names = [...sizes.keys()]
  const picked = new Set<string>()
  let total = 0
  for (let attempt = 0; total < packages && attempt < 100 * packages; attempt += 1) {
    const name = names[draw(names.length)] ?? ''
    const size = sizes.get(name) ?? 0
    // Large families would be the whole update.
    if (picked.has(name) || size > 8 || total + size > packages) continue

    picked.add(name)
    total += size
  }
  return picked
}
