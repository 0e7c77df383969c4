import type { Random } from '../apt-world/random.ts'

/** Epoch, version and release of one build. */
export interface PlannedVersion {
  readonly epoch: number | null
  readonly version: string
  readonly release: string
}

/** Builds of one source in the order of time: mostly rising, with tildes, carets, snapshots, rebuilds and now and then a new epoch. */
export function makeHistory(random: Random, count: number): PlannedVersion[] {
  let epoch = random.chance(0.15) ? random.int(0, 2) : null
  let [major, minor, release] = [random.int(0, 9), random.int(0, 12), random.int(1, 4)]
  const suffix = random.pick(['', '', '.hb9', '.hb9', '.hb9_2', '.0.fc39'])
  const history: PlannedVersion[] = []
  for (let step = 0; step < count; step++) {
    const kind = random.int(0, 19)
    if (kind < 5) [minor, release] = [minor + 1, 1]
    else if (kind < 7) [major, minor, release] = [major + 1, 0, 1]
    else if (kind < 8) epoch = (epoch ?? 0) + 1
    else release += 1
    const version = `${major}.${minor}${decorateVersion(random)}`
    history.push({ epoch, version, release: `${release}${suffix}${decorateRelease(random)}` })
  }
  if (random.chance(0.05)) history.push({ ...(history[0] as PlannedVersion), epoch: 0 })
  return history
}

/** Another build of the same version, as a vendor makes it. */
export function rebuild(version: PlannedVersion, mark: string): PlannedVersion {
  return { ...version, release: `${version.release}.${mark}` }
}

function decorateVersion(random: Random): string {
  const kind = random.int(0, 24)
  if (kind === 0) return '~rc1'
  if (kind === 1) return '^git20240131'
  if (kind === 2) return '.20240131'
  if (kind === 3) return '~beta.2'
  if (kind === 4) return '^20240131.abcdef0'
  if (kind === 5) return '.0010'
  if (kind === 6) return 'a'
  return ''
}

function decorateRelease(random: Random): string {
  const kind = random.int(0, 14)
  if (kind === 0) return '.1'
  if (kind === 1) return '~bootstrap'
  if (kind === 2) return '_4'
  if (kind === 3) return '^post1'
  return ''
}
