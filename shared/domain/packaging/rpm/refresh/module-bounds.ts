import type { RpmModuleStream } from '../model.ts'
import { malformed } from './xml.ts'

/**
 * What the module data of one repository may hold. A check goes over all builds once for each module at worst, and over all streams of a
 * module for each need of it: these bounds keep that within about a second, whatever the builds say of each other. The largest sample at
 * hand, Fedora 29's updates, has 56 builds of 37 modules; repositories that keep every build of ten years have some thousands.
 */
export const MODULE_BOUNDS = {
  modules: 300,
  streamsOfModule: 100,
  builds: 5000,
  /** Names of modules and streams in all that builds require. */
  needs: 25_000,
  artifacts: 500_000,
  /** Streams that name one and the same artifact. */
  streamsOfArtifact: 20,
} as const

/** Counts what comes. @throws Fault `repository_refused` from `check`, naming the line, as soon as there is too much of something */
export function openModuleBounds(file: string): { check(build: RpmModuleStream, line: number): void } {
  const streams = new Map<string, Set<string>>()
  const namedBy = new Map<string, string | Set<string>>()
  let [builds, needs, artifacts] = [0, 0, 0]
  const refuse = (what: string, line: number): never => {
    throw malformed(file, `has ${what} than any repository may`, line)
  }
  const countArtifact = (artifact: string, stream: string): number => {
    const known = namedBy.get(artifact) ?? stream
    if (known === stream) namedBy.set(artifact, stream)
    else namedBy.set(artifact, (typeof known === 'string' ? new Set([known]) : known).add(stream))
    return typeof known === 'string' ? 2 : known.size
  }
  return {
    check(build, line) {
      builds += 1
      artifacts += build.artifacts.length + build.demodularized.length
      for (const alternative of build.requires) {
        needs += 1
        for (const wanted of alternative.values()) needs += 1 + wanted.length
      }
      if (builds > MODULE_BOUNDS.builds) refuse('more module builds', line)
      if (needs > MODULE_BOUNDS.needs) refuse('more needs of modules', line)
      if (artifacts > MODULE_BOUNDS.artifacts) refuse('more module artifacts', line)

      const ofModule = streams.get(build.name) ?? new Set()
      streams.set(build.name, ofModule.add(build.stream))
      if (streams.size > MODULE_BOUNDS.modules) refuse('more modules', line)
      if (ofModule.size > MODULE_BOUNDS.streamsOfModule) refuse('more streams of one module', line)

      for (const artifact of build.artifacts) {
        if (countArtifact(artifact, `${build.name}:${build.stream}`) > MODULE_BOUNDS.streamsOfArtifact) {
          refuse('more streams of one artifact', line)
        }
      }
    },
  }
}
