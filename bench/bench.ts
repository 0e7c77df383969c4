import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '#test/support/samples.ts'
import type { Row } from './row.ts'
import { openLoopback } from './world/loopback.ts'
import type { Loopback } from './world/loopback.ts'
import { makeWorld } from './world/world.ts'
import type { World } from './world/world.ts'

/** What the measurements of one run share; each part is made when the first of them asks for it. */
export interface Bench {
  /** For whatever they write; gone after the run. */
  readonly folder: string
  /** Small sizes: to see that everything runs, not to learn how fast. */
  readonly quick: boolean
  readonly rounds: number
  world(): Promise<World>
  /** Serves the world's archives. */
  loopback(): Promise<Loopback>
  /** The folder of the bundle as it is published. */
  bundle(): string
  say(line: string): void
  close(): Promise<void>
}

/** One file below `rows/`: what it measures under one name. */
export interface Measurement {
  readonly id: string
  run(bench: Bench): Promise<readonly Row[]>
}

export function openBench(options: {
  folder: string
  quick: boolean
  seed: number
  say: (line: string) => void
}): Bench {
  const { folder, quick, seed, say } = options
  let world: Promise<World> | undefined
  let loopback: Promise<Loopback> | undefined
  let published: string | undefined
  let bundle: string | undefined
  const getWorld = () => (world ??= makeWorld(join(folder, 'world'), { quick, seed }))
  return {
    folder,
    quick,
    rounds: quick ? 2 : 7,
    world: getWorld,
    loopback: () => (loopback ??= serve(getWorld())),
    bundle() {
      if (bundle === undefined) {
        // Inside the project, so that it finds the packages that stay packages.
        mkdirSync(join(repositoryRoot, '.lazaret'), { recursive: true })
        published = mkdtempSync(join(repositoryRoot, '.lazaret', 'bench-'))
        bundle = join(published, 'dist')
        execFileSync(process.execPath, [join(repositoryRoot, 'tools', 'bundle.ts'), bundle])
        cpSync(join(repositoryRoot, 'agents'), join(published, 'agents'), { recursive: true })
      }
      return bundle
    },
    say,
    close: async () => {
      await (await loopback)?.close()
      if (published !== undefined) rmSync(published, { recursive: true, force: true })
    },
  }
}

async function serve(world: Promise<World>): Promise<Loopback> {
  const loopback = await openLoopback()
  for (const [path, bytes] of (await world).files) loopback.files.set(path, bytes)
  return loopback
}
