import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Stanza } from './stanzas.ts'

export const HOST = 'mirror.example.org'

/** Fields of an index that dpkg does not keep of what is installed. */
const NOT_KEPT =
  /^(?:Filename|Size|MD5sum|SHA1|SHA256|SHA512|Description-md5|Tag|Build-Ids|Ruby-Versions|Gstreamer-.*|Python-.*): .*\n/gm

/** A Debian machine with two archives, Debian's usual ones, under a key of the measurement's own. */
export function describeMachine(
  packages: readonly Stanza[],
  machine: { keyring: Uint8Array; identity: string },
): Map<string, string | Uint8Array> {
  return new Map<string, string | Uint8Array>([
    ['var/lib/dpkg/status', packages.map(statusOf).join('')],
    ['var/lib/dpkg/arch', 'amd64\n'],
    ['etc/os-release', 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'],
    ['etc/machine-id', `${machine.identity}\n`],
    ['etc/apt/trusted.gpg.d/bench.gpg', machine.keyring],
    [
      'etc/apt/sources.list',
      `deb [arch=amd64] http://${HOST}/debian bookworm main\n` +
        `deb [arch=amd64] http://${HOST}/debian-security bookworm-security main\n`,
    ],
  ])
}

const statuses = new WeakMap<Stanza, string>()

/** The entry that dpkg would have of it, installed. */
export function statusOf(stanza: Stanza): string {
  const known = statuses.get(stanza)
  if (known !== undefined) return known

  const kept = stanza.text.replace(NOT_KEPT, '').replace(/^(Package: .*\n)/m, '$1Status: install ok installed\n')
  const text = `${kept}\n`
  statuses.set(stanza, text)
  return text
}

/** The machine's files as a folder that holds a system. */
export function writeMachineFolder(folder: string, files: ReadonlyMap<string, string | Uint8Array>): void {
  for (const [path, content] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
}
