import { createHash } from 'node:crypto'

import { REPOMD } from './repository.ts'
import { FAILED, hostile, type Verdict, type YumCase } from './yum-case.ts'

const GONE = 'gone/'

function mirrorList(
  name: string,
  demanded: readonly Verdict[],
  write: (place: string) => string,
  more: Partial<YumCase> = {},
): YumCase {
  return hostile(
    `mirrorlist-${name}`,
    demanded,
    {},
    {
      source: (place) => ({ baseUrls: [], mirrorList: `${place}mirrors` }),
      beside: (place) => ({ mirrors: { kind: 'serve', body: Buffer.from(write(place)) } }),
      ...more,
    },
  )
}

interface MetalinkText {
  readonly urls: readonly string[]
  readonly sha256?: string
  readonly size?: number
}

function metalink(
  name: string,
  demanded: readonly Verdict[],
  write: (place: string, honest: MetalinkText) => string,
  more: Partial<YumCase> = {},
): YumCase {
  return hostile(
    `metalink-${name}`,
    demanded,
    {},
    {
      source: (place) => ({ baseUrls: [], metalink: `${place}metalink` }),
      beside: (place, served) => {
        const repomd = served.get(REPOMD) ?? new Uint8Array()
        const sha256 = createHash('sha256').update(repomd).digest('hex')
        const honest = { urls: [`${place}${REPOMD}`], sha256, size: repomd.length }
        return { metalink: { kind: 'serve', body: Buffer.from(write(place, honest)) } }
      },
      ...more,
    },
  )
}

function writeMetalink({ urls, sha256, size }: MetalinkText): string {
  return [
    '<?xml version="1.0" encoding="utf-8"?>\n<metalink version="3.0" xmlns="http://www.metalinker.org/">\n <files>\n  <file name="repomd.xml">\n',
    size === undefined ? '' : `   <size>${size}</size>\n`,
    sha256 === undefined ? '' : `   <verification><hash type="sha256">${sha256}</hash></verification>\n`,
    `   <resources>\n${urls.map((url, index) => `    <url protocol="http" type="http" preference="${100 - index}">${url}</url>\n`).join('')}   </resources>\n`,
    '  </file>\n </files>\n</metalink>\n',
  ].join('')
}

/** Lists of mirrors that fail, lie, or lead elsewhere. */
export function mirrorCases(canary: string): YumCase[] {
  const away = [
    canary,
    'http://169.254.169.254',
    'http://[::1]',
    'http://10.0.0.1',
    'file:///etc',
    'ftp://mirror.example.org',
  ]
  const slow = { dnfNotAsked: 'the real dnf tries each of them' }
  const signatureGoesAstray = {
    dnfNotAsked: 'the real dnf now and then asks the mirror that is gone for the signature',
  }
  return [
    mirrorList('good', ['accepted'], (place) => `# mirrors\n${place}\n`),
    mirrorList('first-is-gone', ['accepted'], (place) => `${place}${GONE}\n${place}\n`, signatureGoesAstray),
    mirrorList('empty', FAILED, () => ''),
    mirrorList('only-comments', FAILED, () => '# none\n# at all\n'),
    mirrorList('html', FAILED, () => '<html><body>Welcome</body></html>'),
    ...away.map((url, index) => mirrorList(`away-${index}`, FAILED, () => `${url}/\n`, slow)),
    mirrorList('100k', FAILED, (place) => `${place}${GONE}\n`.repeat(100_000), slow),
    mirrorList('100k-away', FAILED, () => `${canary}/\n`.repeat(100_000), slow),
    mirrorList('line-of-8-mib', FAILED, () => `http://${'x'.repeat(8_388_608)}/`, slow),
    metalink('good', ['accepted'], (_, honest) => writeMetalink(honest)),
    metalink(
      'first-is-gone',
      ['accepted'],
      (place, honest) => writeMetalink({ ...honest, urls: [`${place}${GONE}${REPOMD}`, ...honest.urls] }),
      signatureGoesAstray,
    ),
    metalink('wrong-hash', FAILED, (_, honest) => writeMetalink({ ...honest, sha256: '0'.repeat(64) })),
    // The hash is right, so the size can do no harm.
    metalink('wrong-size', ['accepted', 'refused'], (_, honest) => writeMetalink({ ...honest, size: 12 }), slow),
    metalink('no-mirrors', FAILED, (_, honest) => writeMetalink({ ...honest, urls: [] })),
    metalink('html', FAILED, () => '<html></html>'),
    metalink(
      'doctype',
      FAILED,
      (_, honest) =>
        writeMetalink(honest).replace('<metalink', `<!DOCTYPE m [<!ENTITY e SYSTEM "${canary}/e">]>\n<metalink`),
      slow,
    ),
    metalink('of-another-file', FAILED, (_, honest) =>
      writeMetalink(honest).replace('name="repomd.xml"', 'name="other.iso"'),
    ),
    ...away.map((url, index) =>
      metalink(`away-${index}`, FAILED, (_, honest) => writeMetalink({ ...honest, urls: [`${url}/${REPOMD}`] }), slow),
    ),
    hostile('list-is-gone', FAILED, {}, { source: (place) => ({ baseUrls: [], mirrorList: `${place}no-such-list` }) }),
    hostile(
      'list-is-the-canary',
      FAILED,
      {},
      { source: () => ({ baseUrls: [], mirrorList: `${canary}/mirrors` }), ...slow },
    ),
    hostile(
      'metalink-is-the-canary',
      FAILED,
      {},
      { source: () => ({ baseUrls: [], metalink: `${canary}/metalink` }), ...slow },
    ),
    hostile(
      'first-base-is-gone',
      ['accepted'],
      {},
      { source: (place) => ({ baseUrls: [`${place}${GONE}`, place] }), ...signatureGoesAstray },
    ),
    hostile(
      'first-base-is-the-canary',
      ['accepted'],
      {},
      {
        source: (place) => ({ baseUrls: [`${canary}/`, place] }),
        dnfNotAsked: 'loopback is like any address to it',
      },
    ),
    ...away.map((url, index) =>
      hostile(`base-away-${index}`, FAILED, {}, { source: () => ({ baseUrls: [`${url}/`] }), ...slow }),
    ),
  ]
}
