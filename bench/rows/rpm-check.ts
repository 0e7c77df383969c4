import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { ownProvide } from '#test/support/rpm-world/package.ts'
import { makeRpmFile } from '#test/support/rpm-world/rpm-file.ts'
import type { Bench, Measurement } from '../bench.ts'
import { callProgram, timeProgram } from '../processes.ts'
import { alternate, judge, summarize } from '../row.ts'
import type { Row } from '../row.ts'
import { configureDnf } from '../world/dnf.ts'
import { openLoopback } from '../world/loopback.ts'
import { HOST } from '../world/machines.ts'
import { makeRpmArchive } from '../world/rpm-repository.ts'
import type { RpmArchive, RpmEntry } from '../world/rpm-repository.ts'

const Report = z.object({
  counts: z.object({ packages: z.number(), updates: z.number().min(1), installable: z.number() }),
})
const EVERY_TENTH = 10

/** The whole process on a machine of 2,000 packages, caches on disk: what a person waits for who asks the same of dnf and of us. */
export const checkOneRpmMachine: Measurement = { id: 'rpm-check', run }

async function run(bench: Bench): Promise<readonly Row[]> {
  const archive = await makeRpmArchive(bench.quick ? 3000 : 60_000, 1)
  const root = join(bench.folder, 'rpm-check', 'root')
  const loopback = await openLoopback()
  for (const [path, bytes] of archive.files) loopback.files.set(path, bytes)
  const dnf = configureDnf(root, loopback.url)
  if (dnf === null) throw new Error('the rpm machine is made by rpm and asked by dnf; neither is here')

  await install(root, archive, bench.quick ? 200 : 2000)
  const command = [process.execPath, join(bench.bundle(), 'lazaret.mjs'), 'check', '--root', root]
  const env = {
    LAZARET_CACHE: join(bench.folder, 'rpm-check', 'cache'),
    LAZARET_MIRRORS: JSON.stringify([{ from: `http://${HOST}/`, to: `${loopback.url}${HOST}/` }]),
    NODE_COMPILE_CACHE: join(bench.folder, 'compiled'),
  }
  const { counts } = Report.parse(JSON.parse((await callProgram([...command, '--json'], { env })).stdout))
  const list = [...dnf.command, 'check-update']
  requireSame(counts.updates, (await callProgram(expecting100(list), { env: dnf.env })).stdout)

  const samples = await alternate(bench.rounds, {
    ours: () => timeProgram(command, { env }),
    dnf: () => timeProgram(expecting100(list), { env: dnf.env }),
  })
  await loopback.close()
  return [
    judge({
      id: 'rpm-check',
      what: `check of one rpm machine, ${counts.packages} packages, caches on disk, whole process`,
      ours: summarize('lazaret check --root', 'ms', samples.ours),
      reference: summarize('dnf check-update, caches warm', 'ms', samples.dnf),
      goal: { of: 'ratio', is: 'at most', number: 0.5 },
      notes: [`${counts.updates} updates in both`, `a repository of ${archive.packages.length} packages`],
    }),
  ]
}

/** Every tenth of them in an older release than the repository's. */
async function install(root: string, archive: RpmArchive, count: number): Promise<void> {
  const files = join(root, '..', 'files')
  mkdirSync(files, { recursive: true })
  const step = Math.floor(archive.packages.length / count)
  const chosen = Array.from({ length: count }, (_, at) => archive.packages[at * step] as RpmEntry)
  const names = chosen.map((entry, at) => {
    const release = at % EVERY_TENTH === 0 ? '1.hb9' : entry.release
    const built = { ...entry, release, epoch: null }
    const path = join(files, `${at}.rpm`)
    writeFileSync(
      path,
      makeRpmFile({
        ...built,
        sourceRpm: `${entry.name}-${entry.version}-${release}.src.rpm`,
        vendor: 'Harbour Project',
        buildTime: 1_700_000_000,
        module: '',
        provides: [ownProvide(built)],
        requires: [],
        conflicts: [],
        obsoletes: [],
        files: [`/usr/bin/${entry.name}`],
      }),
    )
    return path
  })
  const how = ['--force-debian', '-i', '--justdb', '--nodeps', '--noscripts', '--nosignature', '--nodigest']
  await callProgram(['rpm', '--dbpath', join(root, 'var/lib/rpm'), ...how, ...names])
}

/** dnf ends with 100 where there are updates. */
function expecting100(command: readonly string[]): string[] {
  return ['sh', '-c', '"$@"; [ $? = 100 ]', 'sh', ...command]
}

/** Two answers to different questions must not be compared. */
function requireSame(ours: number, listed: string): void {
  const theirs = listed.split('\n').filter((line) => /\S\s+large\s*$/.test(line)).length
  if (theirs !== ours) throw new Error(`dnf finds ${theirs} updates on the measured machine, Lazaret ${ours}`)
}
