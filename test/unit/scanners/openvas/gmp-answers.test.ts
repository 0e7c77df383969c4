import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ScannerConfig } from '#scanners/index.ts'
import { openFrame } from '#scanners/openvas/gmp/frame.ts'
import { element } from '#scanners/openvas/gmp/markup.ts'
import { readAnswer } from '#scanners/openvas/gmp/session.ts'
import { sshArguments } from '#scanners/openvas/gmp/ssh-line.ts'
import { type AnswerKind, judgeAnswer, refuse } from '#scanners/openvas/gmp/status.ts'
import { meaningOf, readTask } from '#scanners/openvas/task.ts'
import { OpenvasPreset } from '#scanners/openvas/preset.ts'
import { isFault } from '#shared/domain/fault.ts'
import { noOpsSamples, readOpsSample } from '#test/support/ops-samples.ts'
import { repositoryRoot } from '#test/support/samples.ts'

const SESSIONS = [
  'clean-tls-localhost',
  'clean-unix-localhost',
  'extended',
  'lab-icmp-4-addresses',
  'run1-localhost-first-nasl',
  'run3-interrupted',
]
const MOST = 64 * 1024 * 1024

/** How the frame ends when it gets these bytes in such pieces: whole at which byte, or how it failed. */
function frameOf(bytes: Buffer, pieceBytes: number): string {
  const frame = openFrame(MOST)
  try {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      frame.take(bytes.subarray(at, at + pieceBytes))
      if (frame.isWhole()) return `whole, ${frame.status()?.code}`
    }
    return 'waits'
  } catch (error) {
    return isFault(error) ? error.code : 'another error'
  }
}

function answersOf(session: string): [string, Buffer][] {
  const folder = join(repositoryRoot, '../shared/samples/ops/gmp-real', session)
  return readdirSync(folder)
    .filter((file) => file.endsWith('.response.xml'))
    .map((file) => [file, Buffer.from(readOpsSample(`gmp-real/${session}/${file}`).toString('utf8').trimEnd())])
}

describe.skipIf(noOpsSamples !== '')(`answers of a real gvmd${noOpsSamples}`, () => {
  it.each(SESSIONS)('are whole at their last byte and never before: %s', (session) => {
    for (const [file, bytes] of answersOf(session)) {
      if (file.includes('malformed-xml')) continue
      const code = /status="(\d+)"/.exec(bytes.toString('utf8'))?.[1]
      expect(`${file} ${frameOf(bytes, 4096)}`).toBe(`${file} whole, ${code}`)
      expect(`${file} ${frameOf(bytes.subarray(0, -1), 1 << 20)}`).toBe(`${file} waits`)
      expect(frameOf(bytes, bytes.length < 4000 ? 1 : 7)).toBe(`whole, ${code}`)
    }
  })

  it.each<[string, AnswerKind]>([
    ['01-unauthenticated-get_tasks', 'credentials'],
    ['02-authenticate-wrong-password', 'credentials'],
    ['04-bogus-command', 'input'],
    ['06-get_tasks-unknown', 'gone'],
    ['08-start_task-unknown', 'gone'],
    ['09-get_tasks-bad-uuid', 'gone'],
    ['11-create_target-too-many-hosts', 'input'],
    ['12-create_target-bad-host', 'input'],
    ['15-create_target-duplicate', 'exists-already'],
    ['17-create_task-unknown-target', 'gone'],
    ['19-start_task', 'done'],
    ['20-delete_target-in-use', 'in-use'],
    ['28-stop_task-not-running', 'done'],
    ['46-delete_task-unknown', 'gone'],
    ['74-verify_scanner', 'done'],
  ])('%s means %s', async (file, kind) => {
    const { status } = await readAnswer([readOpsSample(`gmp-real/extended/${file}.response.xml`)])

    expect(judgeAnswer(status)).toBe(kind)
  })

  it('tell every state of a task', async () => {
    const seen = new Set<string>()
    for (const session of SESSIONS) {
      for (const [file, bytes] of answersOf(session)) {
        if (!/get_tasks-(requested|queued|running|done|stopped|interrupted)/.test(file)) continue
        const task = (await readAnswer([bytes])).parts.filter(({ name }) => name === 'task').map(readTask)[0]
        if (task === undefined) throw new Error(`${file} has no task`)
        expect(task.reportId).toMatch(/^[0-9a-f-]{36}$/)
        seen.add(`${task.status}: ${meaningOf(task)}, ${task.percent === null ? 'no' : 'a'} percentage`)
      }
    }

    expect([...seen].toSorted()).toEqual([
      'Done: ended, no percentage',
      'Interrupted: interrupted, a percentage',
      'Queued: requested, a percentage',
      'Requested: requested, a percentage',
      'Running: running, a percentage',
      'Stopped: stopped, a percentage',
    ])
  })
})

describe('the frame of an answer', () => {
  it.each([
    ['the name of the root inside of it', '<a status="200"><a><a/></a>', 'waits'],
    ['nested to the end', '<a status="200"><a><a/></a></a>', 'whole, 200'],
    ['no status', '<a/>', 'scanner_unreachable'],
    ['a status that is none', '<a status="ok"/>', 'scanner_unreachable'],
    ['text after the end', '<a status="200"/>x', 'scanner_unreachable'],
    ['forbidden characters, raw and as references', '<a status="200">\u001b&#27;</a>', 'whole, 200'],
    ['101 levels', `<a status="200">${'<a>'.repeat(101)}`, 'scanner_unreachable'],
    ['an entity of its own', '<!DOCTYPE a [<!ENTITY b "c">]><a status="200">&b;</a>', 'scanner_unreachable'],
  ])('knows %s', (_name, text, end) => {
    expect(frameOf(Buffer.from(text), 1 << 20)).toBe(end)
  })

  it('is told whole with letters of several bytes cut anywhere', () => {
    for (const pieceBytes of [1, 2, 3, 5]) {
      expect(frameOf(Buffer.from('<a status="200">\u00e9\u4e2d\u{1f600}</a>'), pieceBytes)).toBe('whole, 200')
    }
  })

  it('takes no more bytes than allowed, and no text without an end', () => {
    const frame = openFrame(1000)
    frame.take(Buffer.from('<a status="200">'))
    expect(() => frame.take(Buffer.alloc(1000, 97))).toThrow(/longer than 1000 bytes/)

    const patient = openFrame(MOST)
    patient.take(Buffer.from('<a status="200">'))
    const piece = Buffer.alloc(1 << 20, 97)
    expect(() => {
      for (let n = 0; n < 20; n += 1) patient.take(piece)
    }).toThrow(/too long/)
  })
})

describe('a request', () => {
  it('keeps names, passwords and filters what they are', () => {
    const { xml } = element('a', { b: '"><x/>', c: undefined }, '</a><b>&', element('d', {}, "'"))

    expect(xml).toBe('<a b="&quot;&gt;&lt;x/&gt;">&lt;/a&gt;&lt;b&gt;&amp;<d>&apos;</d></a>')
  })

  it('refuses what XML cannot hold without repeating it', () => {
    expect(() => element('a', {}, 'secret\u0000')).toThrow(/^A name or option holds control characters\.$/)
  })
})

describe('a refusal', () => {
  it('tells what may work later from what never will', () => {
    const codes = [
      { code: 400, text: 'There is already a task running in this process' },
      { code: 400, text: 'Task cannot be started or resumed in maintenance window' },
      { code: 400, text: 'Task is active already' },
      { code: 404, text: "Failed to find config 'daba56c8-73ec-11df-a475-002264764cea'" },
      { code: 404, text: "Failed to find port_list '33d0cd82-57c6-11e1-8ed1-406186ea4fc5'" },
      { code: 409, text: 'Resource busy' },
      { code: 503, text: 'Service temporarily down' },
      { code: 400, text: 'Error in host specification' },
      { code: 400, text: 'Permission denied' },
      { code: 401, text: 'Authenticate first' },
    ].map((status) => refuse(status).code)

    expect(codes).toEqual([
      ...Array.from({ length: 7 }, () => 'scanner_unreachable'),
      ...Array.from({ length: 3 }, () => 'scanner_refused'),
    ])
  })
})

describe('a configured connection', () => {
  const config = (connection: unknown) => ({
    kind: 'openvas',
    id: 'lab',
    connection,
    username: 'u',
    password: { env: 'P' },
  })
  const tls = { host: '192.0.2.1' }
  const pem = '/etc/a.pem'

  it.each([
    [{ unix: 'gvmd.sock' }],
    [{ unix: '/a', tls }],
    [{ tls: { host: '-oProxyCommand=x' } }],
    [{ tls: { ...tls, authorityFile: pem, fingerprint: 'ab'.repeat(32) } }],
    [{ tls: { ...tls, certificateFile: pem } }],
    [{ tls: { ...tls, fingerprint: 'ab' } }],
    [{ tls: { ...tls, verify: false } }],
    [{ ssh: { host: 'a b', identityFile: pem, knownHostsFile: pem } }],
    [{ ssh: { host: 'a', identityFile: pem } }],
    [{ ssh: { host: 'a', identityFile: pem, knownHostsFile: '/a" -oProxyCommand="x' } }],
  ])('is refused: %j', (connection) => {
    expect(ScannerConfig.safeParse(config(connection)).success).toBe(false)
  })

  it('is taken over each of the three ways', () => {
    for (const connection of [
      { unix: '/run/gvmd/gvmd.sock' },
      { tls: { ...tls, authorityFile: pem } },
      { ssh: { host: 'scanner.example.org', identityFile: pem, knownHostsFile: pem } },
    ]) {
      expect(ScannerConfig.safeParse(config(connection)).success).toBe(true)
    }
  })
})

describe('the ssh of GMP', () => {
  it('asks nothing, trusts no new host, and takes a host for a host', () => {
    const address = {
      host: '-oProxyCommand=x',
      port: 22,
      user: 'gmp',
      identityFile: '/etc/lazaret/id',
      knownHostsFile: '/etc/lazaret/known hosts',
      program: 'ssh',
    }
    const args = sshArguments(address, 10_000)

    expect(args.slice(-2)).toEqual(['--', '-oProxyCommand=x'])
    expect(args).toEqual(
      expect.arrayContaining([
        'BatchMode=yes',
        'StrictHostKeyChecking=yes',
        'UserKnownHostsFile="/etc/lazaret/known hosts"',
        'ConnectTimeout=10',
      ]),
    )
    expect(args.slice(0, 2)).toEqual(['-F', 'none'])
  })
})

describe('the documentation of OpenVAS', () => {
  const blocks = (language: string): string[] =>
    readFileSync(join(repositoryRoot, 'docs/openvas.md'), 'utf8')
      .split('```')
      .filter((block) => block.startsWith(`${language}\n`))
      .map((block) => block.slice(language.length))

  it('shows the options as they are where a file leaves them out', () => {
    expect(blocks('json').map((block) => JSON.parse(block) as unknown)).toEqual([OpenvasPreset.parse({})])
  })

  it('shows a configuration that is taken', () => {
    const [example] = blocks('yaml').map((block) => parse(block) as { scanners: unknown[] })

    expect(ScannerConfig.parse(example?.scanners[0])).toMatchObject({ kind: 'openvas', slots: 2 })
  })
})

describe('the options of OpenVAS', () => {
  it('are whole where the file says nothing', () => {
    expect(OpenvasPreset.parse({})).toEqual({
      scanConfig: 'Full and fast',
      portList: 'All IANA assigned TCP',
      scanner: 'OpenVAS Default',
      aliveTest: 'Consider Alive',
      hostsOrdering: 'sequential',
      preferences: { maxChecks: 4, maxHosts: 4, addToAssets: false },
    })
  })

  it.each([
    { scanconfig: 'x' },
    { aliveTest: 'never' },
    { preferences: { maxChecks: 0 } },
    { preferences: { unscanned_closed: 'no' } },
    { portList: 'a\nb' },
  ])('refuse %j', (options) => {
    expect(OpenvasPreset.safeParse(options).success).toBe(false)
  })
})
