import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Certificate {
  readonly key: string
  readonly cert: string
  /** Hex, as an administrator pins it. */
  readonly sha256: string
}

/** A self-signed certificate for 127.0.0.1, as Nessus makes one for itself. */
export function makeCertificate(): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'lazaret-cert-'))
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const what = ['-subj', '/CN=Nessus double', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2']
    const how = ['-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
    execFileSync('openssl', ['req', ...how, ...what, '-keyout', key, '-out', cert], { stdio: 'ignore' })
    const text = readFileSync(cert, 'utf8')
    const sha256 = new X509Certificate(text).fingerprint256.replaceAll(':', '').toLowerCase()
    return { key: readFileSync(key, 'utf8'), cert: text, sha256 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
