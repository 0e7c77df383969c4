import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { z } from 'zod'

import type { TestKeys } from '../hostile-repositories/signing.ts'
import type { MisbehavingServer } from '../misbehaving-server.ts'
import { type LineWorker, openLineWorker } from '../rpm-world/line-worker.ts'
import { makeHome, PYTHON } from '../rpm-world/real-dnf.ts'
import { repositoryRoot } from '../samples.ts'
import { placeOf, serveStage } from './serve.ts'
import type { YumCase } from './yum-case.ts'

export interface DnfVerdict {
  /** `accepted`: the last stage's `probe` is on offer. `empty`: no error, and no `probe`. `busy`: not done in time. */
  readonly verdict: 'accepted' | 'empty' | 'refused' | 'busy'
  readonly transcript: string
}

const PATIENCE_SECONDS = 20
const SHORT_PATIENCE_SECONDS = 1

/** Plays a case against the real dnf: a root of its own with the case as its only repository, its signature demanded. */
export async function askRealDnf(
  one: YumCase,
  world: { server: MisbehavingServer; keys: TestKeys; now: Date; folder: string; dnf: LineWorker },
): Promise<DnfVerdict> {
  const root = join(world.folder, one.name)
  layOut(root, one, world)
  let transcript = ''
  let verdict: DnfVerdict['verdict'] = 'refused'
  try {
    for (let stage = 0; stage < one.stages.length; stage += 1) {
      await serveStage(world.server, one, stage, world)
      const version = one.stages[stage]?.version ?? '2.0'
      const done = await query(root, one.isSlow === true ? SHORT_PATIENCE_SECONDS : PATIENCE_SECONDS, world.dnf)
      transcript += done.text
      if (done.late) return { verdict: 'busy', transcript }
      const isOffered = done.text.split('\n').includes(`probe ${version}`)
      verdict = done.code !== 0 ? 'refused' : isOffered ? 'accepted' : 'empty'
    }
    return { verdict, transcript }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

function layOut(root: string, one: YumCase, world: { server: MisbehavingServer; keys: TestKeys }): void {
  for (const folder of ['etc/dnf', 'etc/yum.repos.d', 'var/lib/rpm']) mkdirSync(join(root, folder), { recursive: true })
  const key = join(root, 'key.asc')
  const { trusted, expired } = world.keys
  writeFileSync(key, [trusted, expired].map((each) => each.toPublic().armor()).join('\n'))
  writeFileSync(join(root, 'etc/dnf/dnf.conf'), '[main]\ngpgcheck=0\nplugins=0\nskip_if_unavailable=False\n')
  const place = placeOf(world.server, one)
  const source = { baseUrls: [place], mirrorList: null, metalink: null, ...one.source?.(place) }
  const lines = [
    '[case]',
    'name=case',
    'enabled=1',
    `repo_gpgcheck=${one.isUnsigned === true ? 0 : 1}`,
    `gpgkey=file://${key}`,
  ]
  if (source.baseUrls.length > 0) lines.push(`baseurl=${source.baseUrls.join(' ')}`)
  if (source.mirrorList !== null) lines.push(`mirrorlist=${source.mirrorList}`)
  if (source.metalink !== null) lines.push(`metalink=${source.metalink}`)
  writeFileSync(join(root, 'etc/yum.repos.d/case.repo'), `${lines.join('\n')}\n`)
}

/** One process that runs dnf again and again. */
export function openDnf(home: string): LineWorker {
  return openLineWorker(PYTHON, [join(repositoryRoot, 'test/support/rpm-world/run-dnf.py')], { HOME: makeHome(home) })
}

const Ran = z.object({ code: z.number(), text: z.string(), late: z.boolean() })

async function query(root: string, seconds: number, dnf: LineWorker): Promise<z.infer<typeof Ran>> {
  const settings = [`cachedir=${join(root, 'cache')}`, 'retries=1', 'timeout=3', 'metadata_expire=0']
  const args = [`--installroot=${root}`, '--releasever=9', '--quiet', '--assumeyes']
  args.push(...settings.map((setting) => `--setopt=${setting}`), 'repoquery', '--refresh', '--qf', '%{name} %{version}')
  return Ran.parse(await dnf.ask({ arguments: args, seconds }))
}
