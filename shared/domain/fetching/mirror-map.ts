import { Fault } from '../fault.ts'

/** One of the operator's `mirrors`: whatever lies under `from` is fetched from the same place under `to`. */
export interface Mirror {
  /** A URL prefix of any scheme: `http://mirror.example.org/debian`, `file:/srv/archive`. */
  readonly from: string
  /** An http or https prefix. Its host counts as listed by the operator. */
  readonly to: string
  /** PEM files, for a `to` that wants to know who asks. */
  readonly clientCertificate?: { readonly certificate: string; readonly key: string } | undefined
}

/** The mirrors in canonical form, the longest `from` first. */
export interface MirrorMap {
  readonly rules: readonly MirrorRule[]
}

export interface MirrorRule {
  readonly mirror: Mirror
  /** Canonical, without a final slash. */
  readonly from: string
  readonly to: string
}

/** @throws Fault `config_invalid` naming the entry */
export function parseMirrorMap(mirrors: readonly Mirror[]): MirrorMap {
  const rules = mirrors.map((mirror) => ({
    mirror,
    from: parseUrlPrefix(mirror.from, 'mirrors: from'),
    to: parseUrlPrefix(mirror.to, 'mirrors: to'),
  }))
  for (const rule of rules) {
    if (!/^https?:/.test(rule.to))
      throw new Fault('config_invalid', `mirrors: to: '${rule.mirror.to}' is not http or https`)
  }
  if (new Set(rules.map((rule) => rule.from)).size < rules.length) {
    throw new Fault('config_invalid', 'mirrors: the same from stands there twice')
  }
  return { rules: rules.toSorted((left, right) => right.from.length - left.from.length) }
}

/**
 * The URL to fetch instead, by the longest `from` that the URL lies under, or null where no mirror covers it. Compared in canonical
 * form and by whole path parts: `…/debian` covers neither `…/debian-security` nor `…/debian/../secret`.
 */
export function applyMirrors(map: MirrorMap, url: string): { readonly url: string; readonly rule: MirrorRule } | null {
  if (map.rules.length === 0 || !URL.canParse(url)) return null

  const canonical = new URL(url).href
  const rule = map.rules.find((one) => isUnder(canonical, one.from))
  return rule === undefined ? null : { url: rule.to + canonical.slice(rule.from.length), rule }
}

/** Whether a canonical URL is the prefix (from `parseUrlPrefix`) or lies below it. */
export function isUnder(canonical: string, prefix: string): boolean {
  if (!canonical.startsWith(prefix)) return false

  return canonical.length === prefix.length || canonical[prefix.length] === '/' || canonical[prefix.length] === '?'
}

/** A URL prefix in canonical form, without a final slash. @throws Fault `config_invalid` beginning with `key` */
export function parseUrlPrefix(text: string, key: string): string {
  const invalid = (why: string): Fault => new Fault('config_invalid', `${key}: ${why}`)
  if (!URL.canParse(text)) throw invalid(`'${text.slice(0, 200)}' is not a URL`)
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') throw invalid('a user or password in a URL is not taken')
  if (url.search !== '' || url.hash !== '') throw invalid(`'${text.slice(0, 200)}' has a query or fragment`)

  const slashes = /\/*$/.exec(url.pathname)?.[0].length ?? 0
  return url.href.slice(0, url.href.length - slashes)
}
