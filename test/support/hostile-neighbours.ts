import { archiveOf } from './station-world.ts'

/** A machine of someone else that names a bystander's archive, each in another way that could change what the bystander sees. */
export interface Neighbour {
  readonly name: string
  /** Its sources and whatever else it needs, for an archive at this address. */
  readonly files: (uri: string) => Readonly<Record<string, string | Uint8Array>>
}

/** `ownKey`: what the neighbour trusts and signs with; `goodKey`: the archive's own. */
export function hostileNeighbours(keys: { ownKey: Uint8Array; goodKey: Uint8Array }): Neighbour[] {
  const GOOD = 'signed-by=/etc/apt/keyrings/test.gpg'
  const { ownKey } = keys
  const own = { 'etc/apt/keyrings/own.gpg': ownKey }
  const sources = (name: string, line: (uri: string) => string, files: Neighbour['files'] = () => ({})): Neighbour => ({
    name,
    files: (uri) => ({ 'etc/apt/sources.list': `${line(uri)}\n`, ...files(uri) }),
  })
  const configured = (name: string, text: string): Neighbour =>
    sources(
      name,
      (uri) => `deb [arch=amd64 ${GOOD}] ${uri} stable main`,
      () => ({ 'etc/apt/apt.conf': `${text}\n` }),
    )
  return [
    sources(
      'own-key',
      (uri) => `deb [arch=amd64 signed-by=/etc/apt/keyrings/own.gpg] ${uri} stable main`,
      () => own,
    ),
    sources(
      'own-key-for-all',
      (uri) => `deb [arch=amd64] ${uri} stable main`,
      () => ({
        'etc/apt/trusted.gpg.d/own.gpg': ownKey,
      }),
    ),
    // The path that the bystanders' sources name, with another key in it.
    sources(
      'own-key-in-the-same-file',
      (uri) => `deb [arch=amd64 ${GOOD}] ${uri} stable main`,
      () => ({
        'etc/apt/keyrings/test.gpg': ownKey,
      }),
    ),
    sources(
      'both-keys',
      (uri) => `deb [arch=amd64 ${GOOD},/etc/apt/keyrings/own.gpg] ${uri} stable main`,
      () => own,
    ),
    sources('trusted', (uri) => `deb [arch=amd64 trusted=yes] ${uri} stable main`),
    sources('never-trusted', (uri) => `deb [arch=amd64 trusted=no] ${uri} stable main`),
    sources('insecure', (uri) => `deb [arch=amd64 allow-insecure=yes] ${uri} stable main`),
    sources('insecure-with-the-key', (uri) => `deb [arch=amd64 allow-insecure=yes ${GOOD}] ${uri} stable main`),
    sources('valid-for-ever', (uri) => `deb [arch=amd64 ${GOOD} check-valid-until=no] ${uri} stable main`),
    sources('no-dates', (uri) => `deb [arch=amd64 ${GOOD} check-date=no] ${uri} stable main`),
    sources('valid-for-a-second', (uri) => `deb [arch=amd64 ${GOOD} valid-until-max=1] ${uri} stable main`),
    sources('another-release-file', (uri) => `deb [arch=amd64 ${GOOD} inrelease-path=Evil] ${uri} stable main`),
    sources('by-hash-only', (uri) => `deb [arch=amd64 ${GOOD} by-hash=force] ${uri} stable main`),
    sources(
      'same-key-other-name',
      (uri) => `deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] ${uri} stable main`,
      () => ({
        'usr/share/keyrings/x.gpg': keys.goodKey,
      }),
    ),
    sources(
      'other-native-architecture',
      (uri) => `deb [arch=i386,amd64 ${GOOD}] ${uri} stable main`,
      () => ({
        'var/lib/dpkg/arch': 'i386\namd64\n',
      }),
    ),
    sources('other-component', (uri) => `deb [arch=amd64 ${GOOD}] ${uri} stable nothing main`),
    sources(
      'mirror-list',
      (uri) => `deb [arch=amd64 trusted=yes] mirror+file:/etc/apt/mirrors/x stable main\n# ${uri}`,
      () => ({
        'etc/apt/mirrors/x': 'http://evil.example.org/debian\n',
      }),
    ),
    sources(
      'other-spelling',
      (uri) => `deb [arch=amd64 trusted=yes] ${uri.replace('mirror.', 'MIRROR.')}/./ stable main`,
    ),
    sources('other-port', (uri) => `deb [arch=amd64 trusted=yes] ${uri.replace('.org/', '.org:80/')} stable main`),
    sources('flat', (uri) => `deb [arch=amd64 trusted=yes] ${uri} dists/stable/`),
    configured('client-certificate', 'Acquire::https::SslCert "/etc/ssl/mine.pem";'),
    configured('proxy', 'Acquire::http::Proxy "http://evil.example.org:8080";'),
    configured('no-checks', 'Acquire::Check-Valid-Until "false"; Acquire::Check-Date "false";'),
    configured('insecure-by-configuration', 'Acquire::AllowInsecureRepositories "true";'),
    configured('short-life-by-label', 'Acquire::Max-ValidTime::Test "1";'),
    configured('from-the-future', 'Acquire::Max-FutureTime "99999999";'),
  ]
}

/** Its evidence: its own packages beside the same names as everybody's. */
export function evidenceOfNeighbour(one: Neighbour, uri: string, goodKey: Uint8Array): Uint8Array {
  return archiveOf({ packages: [`${one.name} 1.0`, 'package-1 0.1'], files: one.files(uri) }, goodKey)
}
