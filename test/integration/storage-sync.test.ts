import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const STORE_ONCE = join(import.meta.dirname, '..', 'support', 'store-once.ts')
const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0
const skipped = canTrace ? '' : ' (skipped: no strace that may trace)'

describe.skipIf(!canTrace)(`embedded storage, as the kernel sees it${skipped}`, () => {
  const parent = mkdtempSync(join(tmpdir(), 'lazaret-sync-'))
  const folder = join(parent, 'new', 'data')
  let steps: ReadonlyMap<string, readonly string[]>
  beforeAll(() => {
    const trace = join(parent, 'trace')
    const calls = 'trace=fsync,fdatasync,rename,link,unlink,mkdir,write'
    spawnSync('strace', ['-f', '-y', '-s', '40', '-e', calls, '-o', trace, process.execPath, STORE_ONCE, folder])
    steps = readSteps(readFileSync(trace, 'utf8'), parent, folder)
  })
  afterAll(() => rmSync(parent, { recursive: true }))

  it('answers a put once the file, its folders and its name are synced, in this order', () => {
    expect(steps.get('put')).toEqual([
      'fsync temporary/…',
      'mkdir objects/fresh+',
      'fsync objects',
      'mkdir objects/fresh+/folder+',
      'fsync objects/fresh+',
      'rename objects/fresh+/folder+/one',
      'fsync objects/fresh+/folder+',
    ])
  })

  it('answers a put of what must be absent likewise', () => {
    expect(steps.get('absent')).toEqual([
      'fsync temporary/…',
      'link objects/fresh+/folder+/two',
      'unlink temporary/…',
      'fsync objects/fresh+/folder+',
    ])
  })

  it('syncs the bytes of a cached object before it gets its name', () => {
    expect(steps.get('cached')).toEqual(['fsync temporary/…', 'rename objects/fresh+/folder+/cached'])
  })

  it.each(['table', 'queue'])('answers a write to the %s once the log of the database is synced', (what) => {
    expect(steps.get(what)).toEqual(['fsync lazaret.sqlite-wal'])
  })

  it('answers a delete once the folder is synced', () => {
    expect(steps.get('delete')).toEqual(['unlink objects/fresh+/folder+/one', 'fsync objects/fresh+/folder+'])
  })

  it('syncs the names of all folders that it makes before it says that it is open', () => {
    const open = steps.get('open') ?? []
    const lastSync = (name: string) => open.lastIndexOf(`fsync ${name}`)

    for (const name of ['^', '^/new', '.']) expect(lastSync(name)).toBeGreaterThanOrEqual(0)
    expect(lastSync('.')).toBeGreaterThan(open.indexOf('mkdir objects'))
    expect(lastSync('.')).toBeGreaterThan(open.indexOf('mkdir temporary'))
  })
})

/** Per answer of the program: what the kernel did for it below the folder, in the order in which it ended. `^` is the folder's grandparent. */
function readSteps(trace: string, parent: string, folder: string): Map<string, string[]> {
  const steps = new Map<string, string[]>()
  const unfinished = new Map<string, string>()
  let current: string[] = []
  for (const line of trace.split('\n')) {
    const [pid = '', ...rest] = line.split(/\s+/)
    const said = rest.join(' ')
    if (said.includes('<unfinished')) unfinished.set(pid, said)
    if (said.includes('<unfinished') || said.includes('EEXIST')) continue

    const call = said.startsWith('<...') ? (unfinished.get(pid) ?? '') : said
    const answered = /"answered (\w+)/.exec(call)?.[1]
    if (answered !== undefined) {
      steps.set(answered, current)
      current = []
      continue
    }
    const path = call
      .match(/[<"]\/[^>"]*(?=[>"])/g)
      ?.at(-1)
      ?.slice(1)
    const name = call.slice(0, call.indexOf('('))
    if (path?.startsWith(parent) && name !== 'write') current.push(`${name} ${shorten(path, parent, folder)}`)
  }
  return steps
}

function shorten(path: string, parent: string, folder: string): string {
  if (path === folder) return '.'

  const short = path.startsWith(folder) ? path.slice(folder.length + 1) : path.replace(parent, '^')
  return short.replace(/^temporary\/.*/, 'temporary/…')
}
