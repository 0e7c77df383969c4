import { z } from 'zod'

/** What the process around the scanners gives them. */
export interface Surroundings {
  /** For programs that run here: each scanner has a folder of its own in it. */
  readonly workFolder: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** As configured: `openvas-lab`. It is part of folder names. */
export const ScannerId = z.string().regex(/^[a-z][a-z0-9-]{0,40}$/, 'must be small letters, digits and dashes')

/** Scans side by side. */
export function slots(fallback: number) {
  return z.number().int().min(1).max(100).default(fallback)
}

/** A program's name on the PATH or its path: no option. */
export function program(fallback: string) {
  return z
    .string()
    .regex(/^[A-Za-z0-9./_][A-Za-z0-9./_+-]{0,200}$/, 'must be the name or path of a program')
    .default(fallback)
}
