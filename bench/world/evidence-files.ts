import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packEvidence } from '#shared/domain/evidence-archive.ts'
import { evidenceOf } from '#test/support/apt-evidence.ts'
import type { World } from './world.ts'

/** The evidence of so many machines, all different, as archives `machine-1.tar.gz` … in a folder. Their names. */
export function writeEvidence(world: World, folder: string, machines: number, packages: number): string[] {
  mkdirSync(folder, { recursive: true })
  return Array.from({ length: machines }, (_, at) => {
    const name = `machine-${at + 1}`
    writeFileSync(join(folder, `${name}.tar.gz`), packEvidence(evidenceOf(Object.fromEntries(world.machine(packages)))))
    return name
  })
}
