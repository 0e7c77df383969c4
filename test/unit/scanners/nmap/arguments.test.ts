import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nmapArguments } from '#scanners/nmap/arguments.ts'
import { NmapPreset, SCRIPT_CATEGORIES } from '#scanners/nmap/preset.ts'

const targets = { addresses: ['192.0.2.7'], family: 4, report: 'report.xml' } as const
const of = (preset: object, hasVulners = true) => nmapArguments(NmapPreset.parse(preset), targets, hasVulners)

describe('nmap arguments', () => {
  it('end with the addresses after the end of options', () => {
    expect(of({}).slice(-2)).toEqual(['--', '192.0.2.7'])
    expect(
      nmapArguments(NmapPreset.parse({}), { addresses: ['2001:db8::1'], family: 6, report: 'r.xml' }, false),
    ).toContain('-6')
  })

  it('hold what the preset says and nothing of what it leaves out', () => {
    const args = of({
      ports: '22,80-90',
      technique: 'connect',
      versions: false,
      assumeUp: false,
      timing: 2,
      maxRate: 50,
    })

    expect(args.join(' ')).toBe(
      '-n --no-stylesheet --noninteractive -oX report.xml --stats-every 5s -sT -p 22,80-90 -T2 ' +
        '--host-timeout 7200s --script-timeout 300s --max-rate 50 -- 192.0.2.7',
    )
  })

  it('scan UDP ports beside TCP ports', () => {
    expect(of({ ports: '22', udpPorts: '53,161' }).join(' ')).toContain('-sS -sU -p T:22,U:53,161')
  })

  it('ask vulners only where it is wanted and there', () => {
    expect(of({ vulners: true }, true)).toContain('vulners')
    expect(of({ vulners: true }, false)).not.toContain('--script')
    expect(of({}, true)).not.toContain('--script')
  })

  it('leave out scripts that disturb, whatever category they are in', () => {
    expect(of({ scripts: ['default', 'vuln'] })[of({ scripts: ['default', 'vuln'] }).indexOf('--script') + 1]).toBe(
      '((default or vuln) and not (dos or exploit or brute or fuzzer or intrusive or malware or broadcast or external))',
    )
  })

  it('never hold an option that no field stands for', () => {
    const known =
      /^(-n|--no-stylesheet|--noninteractive|-oX|--stats-every|-sT|-sS|-sU|-p|--top-ports|-sV|-Pn|-T[1-5]|--(host|script)-timeout|--max-(rate|retries)|--script|--)$/
    const preset = fc.record(
      {
        ports: fc.constantFrom('1', '1-65535', '22,443'),
        topPorts: fc.integer({ min: 1, max: 65_535 }),
        udpPorts: fc.constant('53'),
        technique: fc.constantFrom('connect', 'syn'),
        scripts: fc.subarray([...SCRIPT_CATEGORIES]),
        vulners: fc.boolean(),
        versions: fc.boolean(),
        maxRetries: fc.integer({ min: 0, max: 10 }),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(preset, fc.boolean(), (fields, hasVulners) => {
        const strange = of(fields, hasVulners).filter((arg) => arg.startsWith('-') && !known.test(arg))
        expect(strange).toEqual([])
      }),
    )
  })
})

describe('NmapPreset', () => {
  it.each([
    { ports: '22 --script x' },
    { ports: '-oN/tmp/x' },
    { ports: '0' },
    { ports: '65536' },
    { ports: '90-80' },
    { ports: 'S:22' },
    { scripts: ['exploit'] },
    { scripts: ['../x.nse'] },
    { arguments: '-oN x' },
    { timing: 9 },
    { hostTimeoutSeconds: 0 },
  ])('refuses %j', (preset) => {
    expect(NmapPreset.safeParse(preset).success).toBe(false)
  })
})
