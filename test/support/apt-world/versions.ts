import type { Random } from './random.ts'

/** A source package's versions, mostly rising; now and then equal in order but written otherwise, or falling, as in life. */
export function makeHistory(random: Random, count: number): string[] {
  const epoch = random.chance(0.15) ? `${random.int(1, 2)}:` : ''
  const native = random.chance(0.15)
  let [major, minor, revision] = [random.int(0, 9), random.int(0, 12), random.int(1, 4)]
  const history: string[] = []
  for (let step = 0; step < count; step++) {
    const kind = random.int(0, 9)
    if (kind < 3) [minor, revision] = [minor + 1, 1]
    else if (kind < 4) [major, minor, revision] = [major + 1, 0, 1]
    else revision += 1

    const upstream = `${major}.${minor}${decorateUpstream(random)}`
    history.push(native ? `${epoch}${upstream}` : `${epoch}${upstream}-${revision}${decorateRevision(random)}`)
  }
  if (random.chance(0.06)) history.push(spellOtherwise(history.at(-1) as string))
  if (random.chance(0.06)) history.push(raiseEpoch(history[0] as string))
  return [...new Set(history)]
}

/** A version that sorts just above and says what it is: a binary-only rebuild of the archive. */
export function binNmu(version: string, number: number): string {
  return `${version}+b${number}`
}

function decorateUpstream(random: Random): string {
  const kind = random.int(0, 19)
  if (kind === 0) return '~rc1'
  if (kind === 1) return '+dfsg'
  if (kind === 2) return '.20240131'
  if (kind === 3) return '~beta.2+git20230401.abcdef0'
  if (kind === 4) return '.0~'
  return ''
}

function decorateRevision(random: Random): string {
  const kind = random.int(0, 14)
  if (kind === 0) return '+deb12u2'
  if (kind === 1) return 'ubuntu0.1'
  if (kind === 2) return 'build1'
  if (kind === 3) return '.1'
  if (kind === 4) return '~exp1'
  return ''
}

/** Equal by dpkg's order, other text: apt keeps both as versions of their own. */
function spellOtherwise(version: string): string {
  return version.includes('-') ? version.replace(/-(?=[^-]*$)/, '-0') : `${version}-0`
}

function raiseEpoch(version: string): string {
  const colon = version.indexOf(':')
  return colon < 0 ? `1:${version}` : `${Number(version.slice(0, colon)) + 1}:${version.slice(colon + 1)}`
}
