import { Fault } from '#shared/domain/fault.ts'

const MAX_TARGET = 16_384

/**
 * The path of a request as it was sent, nothing decoded; the router sees it so, and each parameter is decoded exactly once.
 * @throws Fault `request_invalid` for a target that begins with `//`, is not percent-encoded rightly or is beyond all measure
 */
export function readPath(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  const path = start === -1 ? '/' : url.slice(start, endOfPath(url, start))
  if (path.startsWith('//')) throw new Fault('request_invalid', 'A path begins with one slash.')
  if (url.length - start > MAX_TARGET) throw new Fault('request_invalid', 'The request target is too long.')
  if (path.includes('%')) decodePart(path)

  return path
}

function endOfPath(url: string, start: number): number {
  const query = url.indexOf('?', start)
  const fragment = url.indexOf('#', start)
  const ends = [query, fragment].filter((at) => at !== -1)
  return ends.length === 0 ? url.length : Math.min(...ends)
}

/** @throws Fault `request_invalid` when it is not percent-encoded UTF-8 */
function decodePart(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Fault('request_invalid', 'The path is not rightly percent-encoded.')
  }
}

/** The values of `{…}` in a route's path, decoded once; null when the path is another one. */
export function matchPath(pattern: readonly string[], path: readonly string[]): ReadonlyMap<string, string> | null {
  if (pattern.length !== path.length) return null

  const params = new Map<string, string>()
  for (const [at, part] of pattern.entries()) {
    const given = path[at] ?? ''
    if (!part.startsWith('{')) {
      if (part !== given) return null
      continue
    }
    if (given === '') return null
    params.set(part.slice(1, -1), given.includes('%') ? decodePart(given) : given)
  }
  return params
}
