import { describe, expect, it } from 'vitest'
import { openJsonLog } from '#adapters/embedded/log.ts'

function setup() {
  const lines: string[] = []
  const log = openJsonLog((line) => lines.push(line), { now: () => new Date('2026-01-02T03:04:05Z') })
  return { log, lines, fields: (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? 'null') }
}

describe('openJsonLog', () => {
  it('writes one JSON line an event, with its time, level and fields', () => {
    const { log, lines } = setup()
    log.info('check.finished', { name: 'web-1', outdated: 3 })
    log.warn('repository.stale')
    log.error('job.failed', { attempt: 2 })

    expect(lines).toEqual([
      '{"time":"2026-01-02T03:04:05.000Z","level":"info","event":"check.finished","name":"web-1","outdated":3}\n',
      '{"time":"2026-01-02T03:04:05.000Z","level":"warn","event":"repository.stale"}\n',
      '{"time":"2026-01-02T03:04:05.000Z","level":"error","event":"job.failed","attempt":2}\n',
    ])
  })

  it('lets no character through that a terminal obeys, in names and values', () => {
    const { log, lines, fields } = setup()
    const evil = '\u001b[2J\u009b31m\u202egnp.exe\u2066\r\nlevel":"info\u0000\u007f'
    log.info('evidence.read', { file: evil, [evil]: [evil] })

    expect(lines[0]?.trimEnd()).toMatch(/^[\x20-\x7e]+$/)
    expect(lines[0]?.split('\n')).toHaveLength(2)
    expect(fields()).toMatchObject({ file: evil, [evil]: [evil] })
  })

  it('lets no field pass for time, level or event', () => {
    const { log, fields } = setup()
    log.warn('real.event', { event: 'forged', level: 'info', time: 'never', other: 1 })

    expect(fields()).toEqual({ time: '2026-01-02T03:04:05.000Z', level: 'warn', event: 'real.event', other: 1 })
  })

  it('cuts users and passwords out of URLs wherever they stand', () => {
    const { log, lines } = setup()
    log.error('fetch.failed', {
      url: 'https://canary:pass@mirror.example.org/debian',
      deep: { list: ['deb http://canary@x/ y, http://canary:c@n@ry@z/'] },
      error: new Error('no answer from ftp://canary:pass@mirror.example.org'),
      'http://canary@name/': 1,
      long: `${'x'.repeat(1980)}http://canary:canary@mirror.example.org/`,
    })

    expect(lines[0]).not.toContain('canary')
    expect(lines[0]).toContain('https://mirror.example.org/debian')
    expect(lines[0]).toContain('no answer from')
  })

  it('keeps of a secret its name only', () => {
    const { log, lines } = setup()
    log.info('request', {
      token: 'canary',
      headers: { Authorization: 'canary', Cookie: ['canary'] },
      adminPassword: 'canary',
    })

    expect(lines[0]).not.toContain('canary')
    expect(lines[0]).toContain('"adminPassword":"(removed)"')
  })

  it('bounds long texts, long lists and depth, and writes what JSON cannot hold', () => {
    const { log, lines, fields } = setup()
    const round: Record<string, unknown> = {}
    round['self'] = round
    log.info('x', {
      text: 'y'.repeat(1e6),
      list: Array(1e5).fill(1),
      round,
      big: 10n,
      when: new Date(NaN),
      fn: () => 1,
    })

    expect(lines[0]?.length).toBeLessThan(4000)
    expect(fields()).toMatchObject({ big: '10', when: null, round: { self: { self: { self: '…' } } } })
  })

  it('is not slow on text made to be slow', () => {
    const { log, lines } = setup()
    const started = performance.now()
    log.info('x', {
      a: '://'.repeat(300_000),
      b: `://${'a'.repeat(1e6)}`,
      c: `://${'@'.repeat(1e6)}/`,
      d: 'a:'.repeat(5e5),
    })

    expect(lines).toHaveLength(1)
    expect(performance.now() - started).toBeLessThan(1000)
  })
})
