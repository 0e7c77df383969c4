import type { Random } from './random.ts'

export interface ReleaseFields {
  readonly origin: string
  readonly label: string
  readonly suite: string
  readonly codename: string
  readonly version: string
  readonly notAutomatic: boolean
  readonly butAutomaticUpgrades: boolean
}

/** One archive to be filled. */
export interface Plan {
  readonly host: string
  readonly folder: string
  readonly suite: string
  readonly release: ReleaseFields | null
  /** How likely a source has a release here, and which one: 0 oldest … 1 newest. */
  readonly share: number
  readonly recency: readonly [number, number]
  readonly flat?: true
}

const automatic = { notAutomatic: false, butAutomaticUpgrades: false }

/** A Debian-like distribution: stable first, with its companions. */
export function debianPlans(): Plan[] {
  const at = { host: 'deb.example.org', folder: 'debian' }
  const backports = { notAutomatic: true, butAutomaticUpgrades: true, label: 'Debian Backports', version: '' }
  return [
    { ...at, suite: 'harbour', release: debianRelease('stable', 'harbour'), share: 0.9, recency: [0, 0.6] },
    {
      host: 'security.example.org',
      folder: 'debian-security',
      suite: 'harbour-security',
      release: debianRelease('stable-security', 'harbour-security', { label: 'Debian-Security', version: '12' }),
      share: 0.5,
      recency: [0.3, 0.8],
    },
    {
      ...at,
      suite: 'harbour-updates',
      release: debianRelease('stable-updates', 'harbour-updates'),
      share: 0.35,
      recency: [0.3, 0.8],
    },
    {
      ...at,
      suite: 'harbour-backports',
      release: debianRelease('stable-backports', 'harbour-backports', backports),
      share: 0.4,
      recency: [0.6, 1],
    },
    {
      ...at,
      suite: 'testing',
      release: debianRelease('testing', 'lagoon', { version: '' }),
      share: 0.6,
      recency: [0.5, 1],
    },
    {
      ...at,
      suite: 'experimental',
      release: debianRelease('experimental', 'rc-buggy', { notAutomatic: true, version: '' }),
      share: 0.4,
      recency: [0.8, 1],
    },
  ]
}

/** An Ubuntu-like distribution: the release pocket first. */
export function ubuntuPlans(): Plan[] {
  const at = { host: 'archive.example.org', folder: 'ubuntu' }
  const reluctant = { notAutomatic: true, butAutomaticUpgrades: true }
  return [
    { ...at, suite: 'noisy', release: ubuntuRelease('noisy'), share: 0.9, recency: [0, 0.5] },
    { ...at, suite: 'noisy-updates', release: ubuntuRelease('noisy-updates'), share: 0.7, recency: [0.4, 1] },
    { ...at, suite: 'noisy-security', release: ubuntuRelease('noisy-security'), share: 0.4, recency: [0.3, 0.9] },
    {
      ...at,
      suite: 'noisy-backports',
      release: ubuntuRelease('noisy-backports', reluctant),
      share: 0.3,
      recency: [0.7, 1],
    },
    {
      ...at,
      suite: 'noisy-proposed',
      release: ubuntuRelease('noisy-proposed', reluctant),
      share: 0.3,
      recency: [0.8, 1],
    },
  ]
}

/** Archives of others: one by suites, one flat, some of the time. */
export function vendorPlans(random: Random, native: string): Plan[] {
  const plans: Plan[] = [
    {
      host: 'vendor.example.com',
      folder: 'apt',
      suite: 'stable',
      release: random.chance(0.85) ? vendorRelease('Vendor Inc', 'stable') : null,
      share: 0.3,
      recency: [0.3, 1],
    },
    {
      host: 'flat.example.net',
      folder: `pool/${native}`,
      suite: random.pick(['./', 'deb/', '/']),
      release: random.chance(0.7) ? vendorRelease('flat', 'flat') : null,
      share: 0.3,
      recency: [0.3, 1],
      flat: true,
    },
  ]
  return plans.filter(() => random.chance(0.35))
}

function vendorRelease(origin: string, suite: string): ReleaseFields {
  return { ...automatic, origin, label: `${origin} packages`, suite, codename: suite, version: '' }
}

function debianRelease(suite: string, codename: string, more: Partial<ReleaseFields> = {}): ReleaseFields {
  return { ...automatic, origin: 'Debian', label: 'Debian', suite, codename, version: '12.7', ...more }
}

function ubuntuRelease(suite: string, more: Partial<ReleaseFields> = {}): ReleaseFields {
  return { ...automatic, origin: 'Ubuntu', label: 'Ubuntu', suite, codename: 'noisy', version: '24.04', ...more }
}
