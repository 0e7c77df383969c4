/**
 * Until when a release gets security updates from its own archive without a contract, as a day (ISO, UTC). Debian: the end of LTS
 * (wiki.debian.org/LTS); Ubuntu: the end of standard support (releases.ubuntu.com), not of Ubuntu Pro.
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
])

/** The last day with security updates (`2028-06-30`), null where it is not known. Compare it with the clock where there is one. */
export function endOfLife(osId: string | null, osVersion: string | null): string | null {
  if (osId === null || osVersion === null) return null

  return DAYS.get(`${osId} ${osVersion}`) ?? null
}

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
