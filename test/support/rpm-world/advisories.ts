import type { Random } from '../apt-world/random.ts'
import type { BuiltPackage } from './package.ts'

/** One update of an updateinfo.xml. */
export interface AdvisoryPlan {
  readonly id: string
  readonly type: string
  readonly severity: string | null
  readonly status: string
  readonly cves: readonly string[]
  readonly packages: readonly BuiltPackage[]
  /** `name:stream:version:context`, '' where none. */
  readonly module: string
}

const TYPES = ['security', 'security', 'security', 'bugfix', 'bugfix', 'enhancement', 'newpackage']
const SEVERITIES = ['Critical', 'Important', 'Moderate', 'Low', 'None', null]

/** An advisory for some of the packages of one release; each release has one with the probability. */
export function makeAdvisories(
  random: Random,
  prefix: string,
  releases: readonly (readonly BuiltPackage[])[],
  probability: number,
): AdvisoryPlan[] {
  return random.some(releases, probability).flatMap((packages, number) => {
    const named = random.chance(0.85) ? packages : random.some(packages, 0.6)
    if (named.length === 0) return []

    const type = random.pick(TYPES)
    return [
      {
        id: `${prefix}-2026:${1000 + number}`,
        type,
        severity: type === 'security' ? random.pick(SEVERITIES) : null,
        status: random.chance(0.95) ? 'final' : 'testing',
        cves: type === 'security' ? [`CVE-2026-${random.int(1000, 29_999)}`] : [],
        packages: named,
        module: named[0]?.module ?? '',
      },
    ]
  })
}

/** The `updateinfo.xml` of these. */
export function writeUpdateInfo(advisories: readonly AdvisoryPlan[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<updates>\n${advisories.map(writeAdvisory).join('')}</updates>\n`
}

function writeAdvisory(one: AdvisoryPlan): string {
  const references = one.cves.map(
    (cve) => `<reference href="https://bugs.example.org/${cve}" id="${cve}" type="cve" title="${cve}"/>`,
  )
  const [name, stream, version, context] = one.module.split(':')
  const module =
    one.module === ''
      ? ''
      : `<module name="${name}" stream="${stream}" version="${version}" context="${context}" arch="x86_64"/>`
  const packages = one.packages.map(
    (built) =>
      `<package name="${built.name}" version="${built.version}" release="${built.release}" epoch="${built.epoch ?? 0}" ` +
      `arch="${built.architecture}" src="${built.sourceRpm}"><filename>${built.name}.rpm</filename></package>`,
  )
  return [
    `<update from="security@example.org" status="${one.status}" type="${one.type}" version="1">`,
    `<id>${one.id}</id><title>${one.id}</title><issued date="2026-01-02 03:04:05"/><updated date="2026-01-02 03:04:05"/>`,
    one.severity === null ? '' : `<severity>${one.severity}</severity>`,
    `<description>as generated</description><references>${references.join('')}</references>`,
    `<pkglist><collection short="hb"><name>hb</name>${module}${packages.join('')}</collection></pkglist></update>\n`,
  ].join('')
}
