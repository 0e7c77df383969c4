import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TlsAddress } from '#scanners/openvas/gmp/transport.ts'
import type { Scanner } from '#shared/ports/scanner.ts'
import { isFault } from '#shared/domain/fault.ts'
import { openDoubleScanner } from '#test/support/gmp-double/open-scanner.ts'
import { type GmpDouble, openGmpDouble } from '#test/support/gmp-double/serve.ts'
import { requireTool } from '#test/support/tools.ts'

const lacking = requireTool('openssl')

/** What an attempt to talk to it comes to. */
async function tryOut(scanner: Scanner): Promise<string> {
  try {
    const readiness = await scanner.checkReady()
    return readiness.status === 'ready' ? 'ready' : `${readiness.status}: ${readiness.reason}`
  } catch (error) {
    if (isFault(error)) return `${error.code}: ${error.message}`
    throw error
  }
}

describe.skipIf(lacking !== '')(`GMP over TLS${lacking}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'lazaret-gmp-tls-'))
  const file = (name: string): string => join(folder, name)
  let double: GmpDouble

  beforeAll(async () => {
    const openssl = (...args: string[]): string =>
      execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' }).toString()
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    for (const authority of ['ca', 'other']) {
      openssl(
        'req',
        '-x509',
        ...key,
        '-keyout',
        `${authority}.key`,
        '-out',
        `${authority}.pem`,
        '-subj',
        `/CN=${authority}`,
        '-days',
        '2',
      )
    }
    writeFileSync(file('names'), 'subjectAltName=DNS:scanner.example.org,IP:127.0.0.1')
    for (const who of ['server', 'client']) {
      openssl('req', ...key, '-keyout', `${who}.key`, '-out', `${who}.csr`, '-subj', `/CN=${who}`)
      openssl(
        'x509',
        '-req',
        '-in',
        `${who}.csr`,
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-out',
        `${who}.pem`,
        '-days',
        '2',
        '-extfile',
        'names',
      )
    }
    writeFileSync(
      file('fingerprint'),
      openssl('x509', '-in', 'server.pem', '-noout', '-fingerprint', '-sha256').split('=')[1]?.trim() ?? '',
    )
    const read = (name: string): Buffer => readFileSync(file(name))
    double = await openGmpDouble({
      tls: {
        key: read('server.key'),
        cert: read('server.pem'),
        ca: read('ca.pem'),
        requestCert: true,
        rejectUnauthorized: true,
      },
    })
  })
  afterAll(async () => {
    await double.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const client = { certificateFile: file('client.pem'), keyFile: file('client.key') }
  const over = (tls: Partial<TlsAddress>) =>
    tryOut(
      openDoubleScanner(
        double,
        { tls: { host: '127.0.0.1', port: double.port(), ...client, ...tls } },
        { firstByteMs: 2000 },
      ),
    )

  it('works with the authority that signed, by address and by name', async () => {
    expect(await over({ authorityFile: file('ca.pem') })).toBe('ready')
    expect(await over({ authorityFile: file('ca.pem'), serverName: 'scanner.example.org' })).toBe('ready')
  })

  it('works with the fingerprint alone', async () => {
    expect(await over({ fingerprint: readFileSync(file('fingerprint'), 'utf8') })).toBe('ready')
  })

  it.each<[string, () => Partial<TlsAddress>, RegExp]>([
    ['no authority', () => ({}), /^unusable: The certificate of 127\.0\.0\.1 port \d+ is not the one that is trusted/],
    ['another authority', () => ({ authorityFile: file('other.pem') }), /^unusable: The certificate .* not the one/],
    [
      'another name',
      () => ({ authorityFile: file('ca.pem'), serverName: 'gate.example.org' }),
      /^unusable: The certificate .* not the one/,
    ],
    [
      'another fingerprint',
      () => ({ fingerprint: 'ab'.repeat(32) }),
      /^unusable: The certificate .* another fingerprint/,
    ],
    ['a fingerprint that is none', () => ({ fingerprint: '' }), /^unusable: The certificate .* another fingerprint/],
    [
      'a file that is not there',
      () => ({ authorityFile: file('none.pem') }),
      /^unusable: A certificate or key file cannot be read/,
    ],
  ])('sends no password to who has %s', async (_name, tls, said) => {
    const before = double.commands.length

    expect(await over(tls())).toMatch(said)
    expect(double.commands).toHaveLength(before)
  })

  it('sends nothing without the certificate of its own that the server asks for', async () => {
    const bare = { certificateFile: undefined, keyFile: undefined }

    expect(await over({ ...bare, authorityFile: file('ca.pem') })).toMatch(/^scanner_unreachable: /)
  })
})

describe('GMP over ssh', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lazaret-gmp-ssh-'))
  const unix = join(folder, 'gvmd.sock')
  let double: GmpDouble

  beforeAll(async () => {
    double = await openGmpDouble({ unix })
  })
  afterAll(async () => {
    await double.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A program that does what ssh would: connects its standard streams, or complains. */
  const over = (name: string, script: string) => {
    const program = join(folder, name)
    writeFileSync(program, `#!/bin/sh\n${script}\n`)
    chmodSync(program, 0o755)
    const ssh = {
      host: 'scanner.example.org',
      port: 22,
      user: 'gmp',
      identityFile: '/k',
      knownHostsFile: '/h',
      program,
    }
    return openDoubleScanner(double, { ssh }, { firstByteMs: 5000 })
  }
  const throughStreams = (): string => {
    writeFileSync(
      join(folder, 'pipe.cjs'),
      `const s = require('net').connect(${JSON.stringify(unix)}); process.stdin.pipe(s); s.pipe(process.stdout)`,
    )
    return `echo "$@" > '${folder}/args'; exec '${process.execPath}' '${folder}/pipe.cjs'`
  }

  it('works through the standard streams of the program, as the user gmp', async () => {
    expect(await tryOut(over('good', throughStreams()))).toBe('ready')
    expect(readFileSync(join(folder, 'args'), 'utf8')).toMatch(/ -l gmp -- scanner\.example\.org\n$/)
  })

  it('tells a stranger and a refused key from a host that is down', async () => {
    expect(await tryOut(over('stranger', 'echo "Host key verification failed." >&2; exit 255'))).toBe(
      'unusable: ssh says: Host key verification failed.',
    )
    expect(await tryOut(over('refused', 'echo "gmp@x: Permission denied (publickey)." >&2; exit 255'))).toMatch(
      /^unusable: /,
    )
    expect(await tryOut(over('down', 'echo "connect to host x port 22: No route to host" >&2; exit 255'))).toMatch(
      /^scanner_unreachable: ssh says: connect to host/,
    )
    expect(await tryOut(over('silent', 'exit 1'))).toMatch(/^scanner_unreachable: The scanner closed the connection/)
  })

  it('leaves no program behind', async () => {
    const scanner = over('hanging', `echo $$ > '${folder}/pid'; exec sleep 60`)
    const before = Date.now()
    expect(await tryOut(scanner)).toMatch(/said nothing for 5000 ms/)
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
    await new Promise((resolve) => setTimeout(resolve, 200))

    expect(Date.now() - before).toBeLessThan(15_000)
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/)
  })

  it('says that there is no such program', async () => {
    const ssh = {
      host: 'x',
      port: 22,
      user: 'gmp',
      identityFile: '/k',
      knownHostsFile: '/h',
      program: join(folder, 'none'),
    }

    expect(await tryOut(openDoubleScanner(double, { ssh }))).toMatch(
      /^unusable: The program .* cannot be run \(ENOENT\)/,
    )
  })
})
