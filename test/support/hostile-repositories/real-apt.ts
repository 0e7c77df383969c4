import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MisbehavingServer } from '../misbehaving-server.ts'
import type { HostileCase } from './hostile-case.ts'
import { serveStage } from './serve.ts'
import type { TestKeys } from './signing.ts'

export interface AptVerdict {
  /** `accepted`: the last stage's `probe` is on offer. `busy`: not done in time. */
  readonly verdict: 'accepted' | 'refused' | 'busy'
  readonly transcript: string
}

const PATIENCE_MS = 20_000
const SHORT_PATIENCE_MS = 1500

/** Plays a case against the real apt: a root of its own with the case as its only source, expiry checks on. */
export async function askRealApt(
  one: HostileCase,
  world: { server: MisbehavingServer; keys: TestKeys; now: Date; folder: string },
): Promise<AptVerdict> {
  const root = join(world.folder, one.name)
  layOut(root, one, world)
  let transcript = ''
  try {
    for (let stage = 0; stage < one.stages.length; stage += 1) {
      await serveStage(world.server, one, stage, world)
      const done = await run(root, 'apt-get', ['update'], one.isSlow === true ? SHORT_PATIENCE_MS : PATIENCE_MS)
      transcript += done.text
      if (done.isLate) return { verdict: 'busy', transcript }
    }
    const shown = await run(root, 'apt-cache', ['show', 'probe'], PATIENCE_MS)
    const version = one.stages.at(-1)?.version ?? '2.0'
    const isOffered = shown.text.split('\n').includes(`Version: ${version}`)
    return { verdict: isOffered ? 'accepted' : 'refused', transcript: transcript + shown.text }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

function layOut(root: string, one: HostileCase, world: { server: MisbehavingServer; keys: TestKeys }): void {
  for (const folder of ['lists/partial', 'cache/archives/partial', 'etc/parts'])
    mkdirSync(join(root, folder), { recursive: true })
  const keyring = join(root, 'keyring.gpg')
  writeFileSync(keyring, world.keys.keyring)
  writeFileSync(join(root, 'status'), '')
  const trust = one.isTrusted === true ? 'trusted=yes' : `signed-by=${keyring}`
  writeFileSync(join(root, 'sources.list'), `deb [${trust}] ${world.server.origin}/${one.name}/ stable main\n`)
  const settings = {
    'Dir::State': root,
    'Dir::State::lists': join(root, 'lists'),
    'Dir::State::status': join(root, 'status'),
    'Dir::Cache': join(root, 'cache'),
    'Dir::Etc': join(root, 'etc'),
    'Dir::Etc::sourcelist': join(root, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Dir::Etc::parts': join(root, 'etc/parts'),
    'Dir::Etc::trusted': join(root, 'no-such-file'),
    'Dir::Etc::trustedparts': join(root, 'etc/parts'),
    'APT::Architecture': 'amd64',
    'APT::Sandbox::User': '',
    'Acquire::Check-Valid-Until': 'true',
    'Acquire::Check-Date': 'true',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '0',
    'Acquire::http::Proxy': 'DIRECT',
    'Acquire::http::Timeout': '2',
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";\n`)
  writeFileSync(join(root, 'apt.conf'), lines.join(''))
}

function run(
  root: string,
  program: string,
  args: readonly string[],
  patienceMs: number,
): Promise<{ text: string; isLate: boolean }> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', APT_CONFIG: join(root, 'apt.conf') }
    // A group of its own, so that apt's methods end with it.
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    let text = ''
    let isLate = false
    const take = (chunk: Buffer): void => void (text += chunk.toString('latin1'))
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    const timer = setTimeout(() => {
      isLate = true
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }, patienceMs)
    child.on('error', reject)
    child.on('close', () => {
      clearTimeout(timer)
      resolve({ text, isLate })
    })
  })
}
