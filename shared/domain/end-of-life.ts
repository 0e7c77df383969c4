/**
 * Until when a release gets security updates from its own archive without a contract, as a day (ISO, UTC). Debian: the end of LTS
 * (wiki.debian.org/LTS); Ubuntu: the end of standard support (releases.ubuntu.com), not of Ubuntu Pro; the RHEL family, SUSE and Amazon: the
 * end of general support, not of an extension for money; CentOS 8: that of Stream 8, as os-release does not tell the two apart.
 */
const DAYS: ReadonlyMap<string, string> = new Map([
  ['debian 7', '2018-05-31'],
  ['debian 8', '2020-06-30'],
  ['debian 9', '2022-06-30'],
  ['debian 10', '2024-06-30'],
  ['debian 11', '2026-08-31'],
  ['debian 12', '2028-06-30'],
  ['debian 13', '2030-06-30'],
  ['ubuntu 12.04', '2017-04-28'],
  ['ubuntu 14.04', '2019-04-25'],
  ['ubuntu 16.04', '2021-04-30'],
  ['ubuntu 18.04', '2023-05-31'],
  ['ubuntu 20.04', '2025-05-31'],
  ['ubuntu 20.10', '2021-07-22'],
  ['ubuntu 21.04', '2022-01-20'],
  ['ubuntu 21.10', '2022-07-14'],
  ['ubuntu 22.04', '2027-06-01'],
  ['ubuntu 22.10', '2023-07-20'],
  ['ubuntu 23.04', '2024-01-25'],
  ['ubuntu 23.10', '2024-07-11'],
  ['ubuntu 24.04', '2029-05-31'],
  ['ubuntu 24.10', '2025-07-10'],
  ['ubuntu 25.04', '2026-01-15'],
  ['ubuntu 25.10', '2026-07-09'],
  ['rhel 6', '2020-11-30'],
  ['rhel 7', '2024-06-30'],
  ['rhel 8', '2029-05-31'],
  ['rhel 9', '2032-05-31'],
  ['rhel 10', '2035-05-31'],
  ['centos 5', '2017-03-31'],
  ['centos 6', '2020-11-30'],
  ['centos 7', '2024-06-30'],
  ['centos 8', '2024-05-31'],
  ['centos 9', '2027-05-31'],
  ['rocky 8', '2029-05-31'],
  ['rocky 9', '2032-05-31'],
  ['rocky 10', '2035-05-31'],
  ['almalinux 8', '2029-03-01'],
  ['almalinux 9', '2032-05-31'],
  ['almalinux 10', '2035-05-31'],
  ['ol 6', '2021-03-31'],
  ['ol 7', '2024-12-31'],
  ['ol 8', '2029-07-31'],
  ['ol 9', '2032-06-30'],
  ['fedora 30', '2020-05-26'],
  ['fedora 31', '2020-11-24'],
  ['fedora 32', '2021-05-25'],
  ['fedora 33', '2021-11-30'],
  ['fedora 34', '2022-06-07'],
  ['fedora 35', '2022-12-13'],
  ['fedora 36', '2023-05-16'],
  ['fedora 37', '2023-12-05'],
  ['fedora 38', '2024-05-21'],
  ['fedora 39', '2024-11-26'],
  ['fedora 40', '2025-05-13'],
  ['fedora 41', '2025-12-15'],
  ['fedora 42', '2026-05-13'],
  ['amzn 2018.03', '2023-12-31'],
  ['amzn 2', '2026-06-30'],
  ['amzn 2023', '2029-06-30'],
  ['opensuse-leap 42.3', '2019-07-01'],
  ['opensuse-leap 15.0', '2019-12-03'],
  ['opensuse-leap 15.1', '2021-02-02'],
  ['opensuse-leap 15.2', '2022-01-04'],
  ['opensuse-leap 15.3', '2022-12-31'],
  ['opensuse-leap 15.4', '2023-12-07'],
  ['opensuse-leap 15.5', '2024-12-31'],
  ['opensuse-leap 15.6', '2026-04-30'],
  ['opensuse-leap 16.0', '2027-10-31'],
  ['sles 12.5', '2024-10-31'],
  ['sles 15.3', '2022-12-31'],
  ['sles 15.4', '2023-12-31'],
  ['sles 15.5', '2024-12-31'],
  ['sles 15.6', '2025-12-31'],
  ['sles 15.7', '2031-07-31'],
])

/** The last day with security updates (`2028-06-30`), null where it is not known. Compare it with the clock where there is one. */
export function endOfLife(osId: string | null, osVersion: string | null): string | null {
  if (osId === null || osVersion === null) return null

  const own = DAYS.get(`${osId} ${osVersion}`)
  if (own !== undefined || !MAJOR_ONLY.includes(osId)) return own ?? null
  return DAYS.get(`${osId} ${osVersion.split('.')[0]}`) ?? null
}

/** Their minor releases follow one another in the same repositories. */
const MAJOR_ONLY = ['rhel', 'centos', 'rocky', 'almalinux', 'ol']

/** What a person should hear when the release that a machine runs has no security updates any more. Empty otherwise. */
export function endOfLifeWarnings(
  system: { readonly osId: string | null; readonly osVersion: string | null },
  now: Date,
): string[] {
  const lastDay = endOfLife(system.osId, system.osVersion)
  if (lastDay === null || now.getTime() < Date.parse(`${lastDay}T00:00:00Z`) + DAY_MS) return []

  return [`${system.osId} ${system.osVersion} has had no security updates since ${lastDay}.`]
}

const DAY_MS = 86_400_000
