import { MODULES, UPDATEINFO, type YumPlan } from './repository.ts'
import { hostile, NOT_CLEAN, type Verdict, type YumCase } from './yum-case.ts'

/** Without advisories nobody knows what updates are for, which is said; the updates are known all the same. */
const SAID: readonly Verdict[] = ['marked', 'refused', 'unreachable', 'gap']
const ADVISORY =
  '<updates><update type="security" status="final"><id>A-1</id><title>t</title><pkglist><collection><package name="probe" epoch="0" version="2.0" release="1" arch="noarch"/></collection></pkglist></update></updates>'
const STREAM =
  '---\ndocument: modulemd\nversion: 2\ndata:\n  name: m\n  stream: "1"\n  version: 1\n  context: c\n  arch: x86_64\n  artifacts:\n    rpms: [probe-0:2.0-1.noarch]\n...\n'

function updateinfo(name: string, demanded: readonly Verdict[], text: string, more: YumPlan = {}): YumCase {
  const dnfIsStricter = 'the packages are verified and known; that nobody knows what the updates are for is said'
  return hostile(`updateinfo-${name}`, demanded, { updateinfo: Buffer.from(text), ...more }, { dnfIsStricter })
}

function modules(name: string, demanded: readonly Verdict[], text: string, more: YumPlan = {}): YumCase {
  return hostile(`modules-${name}`, demanded, { modules: Buffer.from(text), ...more })
}

/** Advisories and modules that fail or lie: never a clean answer where filtering depends on them. */
export function extraDataCases(): YumCase[] {
  const aliases = `---\na: &a [x, x]\n${Array.from('bcdefghijklmnop')
    .map((name, index) => `${name}: &${name} [*${'abcdefghijklmno'[index]}, *${'abcdefghijklmno'[index]}]\n`)
    .join('')}`
  return [
    updateinfo('good', ['accepted'], ADVISORY),
    updateinfo('html', SAID, '<html></html>'),
    updateinfo('cut', SAID, ADVISORY.slice(0, -20)),
    updateinfo('doctype', SAID, `<!DOCTYPE u [<!ENTITY e "x">]>${ADVISORY}`),
    updateinfo('gone', SAID, ADVISORY, { behave: () => ({ [UPDATEINFO]: { kind: 'status', status: 404 } }) }),
    updateinfo('of-another-checksum', SAID, ADVISORY, {
      behave: () => ({ [UPDATEINFO]: { kind: 'serve', body: Buffer.alloc(300, 'x') } }),
    }),
    {
      ...updateinfo('million-updates', [...SAID, 'accepted'], `<updates>${'<update/>'.repeat(1_000_000)}</updates>`),
      isHeavy: true,
      dnfNotAsked: 'the real dnf is busy with it for long',
    },
    modules('good', ['accepted'], STREAM),
    modules('html', NOT_CLEAN, '<html></html>'),
    modules('no-yaml', NOT_CLEAN, '---\n\t- {[\n'),
    modules('aliases', NOT_CLEAN, aliases),
    modules(
      'merge-key',
      NOT_CLEAN,
      `---\nx: &x {__proto__: {polluted: true}}\n${STREAM.replace('data:', 'data:\n  <<: *x')}`,
    ),
    modules('cut', NOT_CLEAN, STREAM.slice(0, 60)),
    modules('without-name', NOT_CLEAN, STREAM.replace('  name: m\n', '')),
    modules('deep', NOT_CLEAN, `---\n${'['.repeat(20_000)}\n`),
    modules('gone', NOT_CLEAN, STREAM, { behave: () => ({ [MODULES]: { kind: 'status', status: 404 } }) }),
    modules('of-another-checksum', NOT_CLEAN, STREAM, {
      behave: () => ({ [MODULES]: { kind: 'serve', body: Buffer.alloc(300, 'x') } }),
    }),
    modules('of-unknown-version', [...NOT_CLEAN, 'marked'], STREAM.replace('version: 2', 'version: 99')),
  ]
}
