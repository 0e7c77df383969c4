import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from './samples.ts'

const FOLDER = join(repositoryRoot, '../shared/samples/ops')

/** '' where the research samples of scanners' reports are there, else why tests that need them are skipped. */
export const noOpsSamples = existsSync(FOLDER) ? '' : ' (skipped: no samples beside the repository)'

/** What an independent program counted in each sample: its path and neutral numbers. Empty where there are no samples. */
export function expectedCounts(): [string, Record<string, unknown>][] {
  if (noOpsSamples !== '') return []

  const counts = JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8')) as Record<
    string,
    Record<string, unknown>
  >
  return Object.entries(counts)
}

/** The bytes of a sample. */
export function readOpsSample(path: string): Buffer {
  return readFileSync(join(FOLDER, path))
}
