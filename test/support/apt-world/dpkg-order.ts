// The generator needs an order of versions to keep installed sets consistent. It is written apart from the product's own, so that
// one error cannot hide in both; apt has the last word on every generated machine all the same.

/** dpkg's order of two versions: negative, zero or positive. */
export function orderVersions(a: string, b: string): number {
  const [left, right] = [splitVersion(a), splitVersion(b)]
  return (
    left.epoch - right.epoch || orderPart(left.upstream, right.upstream) || orderPart(left.revision, right.revision)
  )
}

function splitVersion(version: string) {
  const colon = version.indexOf(':')
  const rest = version.slice(colon + 1)
  const dash = rest.lastIndexOf('-')
  return {
    epoch: colon < 0 ? 0 : Number(version.slice(0, colon)),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? '0' : rest.slice(dash + 1),
  }
}

function orderPart(a: string, b: string): number {
  const left: string[] = a.match(/\d+|\D+/g) ?? []
  const right: string[] = b.match(/\d+|\D+/g) ?? []
  // A part that starts with digits has an empty run of other characters before them.
  if (/^\d/.test(a)) left.unshift('')
  if (/^\d/.test(b)) right.unshift('')
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [x, y] = [left[i] ?? '', right[i] ?? '']
    const order = i % 2 === 1 ? Number(x || 0) - Number(y || 0) : orderText(x, y)
    if (order !== 0) return order
  }
  return 0
}

function orderText(a: string, b: string): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const order = weight(a[i]) - weight(b[i])
    if (order !== 0) return order
  }
  return 0
}

function weight(char: string | undefined): number {
  if (char === undefined) return 0
  if (char === '~') return -1
  return /[A-Za-z]/.test(char) ? char.charCodeAt(0) : char.charCodeAt(0) + 256
}
