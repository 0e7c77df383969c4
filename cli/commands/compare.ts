import { createInterface } from 'node:readline'
import { Fault } from '#shared/domain/fault.ts'
import { getPackageSystem, listPackageSystems } from '#shared/domain/packaging/index.ts'
import { EXIT } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import type { Options } from '../program.ts'

/** `lazaret compare apt A B`, `lazaret compare rpm A B`, or `--stdin` with one tab-separated pair a line and one sign a line back. */
export async function compare(
  system: string,
  pair: readonly (string | undefined)[],
  options: Options,
): Promise<ExitCode> {
  const known = listPackageSystems()
  if (!known.includes(system))
    throw new Fault('request_invalid', `No version order "${system}"; there is: ${known.join(', ')}.`)

  const packageSystem = getPackageSystem(system)
  const order = (a: string, b: string) => packageSystem.compareVersions(a, b)
  if (options.stdin === true) return compareLines(order)

  const [a, b] = pair
  if (a === undefined || b === undefined) throw new Fault('request_invalid', 'Name two versions, or give --stdin.')
  process.stdout.write(`${signOf(order(a, b))}\n`)
  return EXIT.done
}

async function compareLines(order: (a: string, b: string) => number): Promise<ExitCode> {
  let number = 0
  let out: string[] = []
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1
    if (line === '') continue

    const [a, b, ...rest] = line.split('\t')
    if (a === undefined || b === undefined || rest.length > 0) {
      throw new Fault('request_invalid', `Line ${number} is not a tab-separated pair.`, {
        place: { file: 'standard input', line: number },
      })
    }
    out.push(signOf(order(a, b)))
    if (out.length >= 10_000) {
      process.stdout.write(`${out.join('\n')}\n`)
      out = []
    }
  }
  if (out.length > 0) process.stdout.write(`${out.join('\n')}\n`)
  return EXIT.done
}

function signOf(order: number): string {
  if (order === 0) return '='
  return order < 0 ? '<' : '>'
}
