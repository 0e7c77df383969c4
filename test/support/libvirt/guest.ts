import { execFileSync, type ExecFileSyncOptionsWithStringEncoding } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findTool } from '#test/support/tools.ts'

/** In the order in which they are loaded. */
const MODULES =
  'virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci failover net_failover virtio_net virtio_blk button evdev'
const GREETING = 'SSH-2.0-OpenSSH_7.2p2 Ubuntu-4ubuntu2.1'
const INIT = fileURLToPath(new URL('./init.sh', import.meta.url))
const QUIET: ExecFileSyncOptionsWithStringEncoding = {
  encoding: 'utf8',
  maxBuffer: 1 << 26,
  stdio: ['ignore', 'pipe', 'pipe'],
}

export interface TinyGuest {
  readonly kernel: string
  readonly initrd: string
}

/** Debian's kernel for virtual machines with a busybox: up in some seconds without hardware support. Made anew where `into` is. */
export function makeTinyGuest(into: string): TinyGuest {
  const unpacked = unpackKernel()
  const root = join(into, 'root')
  for (const folder of ['modules', 'acpi/PWRF']) mkdirSync(join(root, folder), { recursive: true })
  for (const module of MODULES.split(' '))
    copyFileSync(join(unpacked, `${module}.ko`), join(root, `modules/${module}.ko`))
  writeFileSync(join(root, 'modules/order'), MODULES)
  copyFileSync(findTool('busybox') ?? '/bin/busybox', join(root, 'busybox'))
  copyFileSync(INIT, join(root, 'init'))
  writeFileSync(join(root, 'lease'), '#!/bin/sh\n[ -z "$ip" ] || ifconfig "$interface" "$ip" netmask "$subnet"\n')
  writeFileSync(join(root, 'greet'), `#!/bin/sh\necho '${GREETING}'\nsleep 1\n`)
  writeFileSync(join(root, 'acpi/PWRF/00000080'), '#!/bin/sh\npoweroff -f\n')
  for (const file of ['init', 'lease', 'greet', 'acpi/PWRF/00000080']) chmodSync(join(root, file), 0o755)

  const initrd = join(into, 'initrd')
  execFileSync('/bin/sh', ['-c', 'cd "$1" && find . | busybox cpio -o -H newc >"$2"', 'sh', root, initrd], QUIET)
  return { kernel: join(unpacked, 'vmlinuz'), initrd }
}

/** Downloaded through apt once for each version, and kept in the user's cache. Never installed. */
function unpackKernel(): string {
  const told = execFileSync('apt-cache', ['depends', 'linux-image-cloud-amd64'], QUIET)
  const name = /Depends: (linux-image-[0-9][a-z0-9.+-]+)/.exec(told)?.[1]
  if (name === undefined) throw new Error('apt knows no linux-image-cloud-amd64')

  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'lazaret')
  const kept = join(cache, `guest-${name}`)
  if (existsSync(kept)) return kept

  mkdirSync(cache, { recursive: true })
  const fresh = mkdtempSync(join(cache, 'guest-new-'))
  execFileSync('apt-get', ['download', '-q', name], { ...QUIET, cwd: fresh })
  const script = 'dpkg-deb --fsys-tarfile ./*.deb | tar -x --wildcards "./boot/vmlinuz-*" $(printf "*/%s.ko " $1)'
  execFileSync('/bin/sh', ['-c', `set -f; d=$(echo *); set +f; ${script}`, 'sh', MODULES], {
    ...QUIET,
    cwd: fresh,
  })
  flatten(fresh)
  try {
    renameSync(fresh, kept)
  } catch {
    // Another test was faster.
    rmSync(fresh, { recursive: true, force: true })
  }
  return kept
}

function flatten(folder: string): void {
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = path.split('/').at(-1) ?? ''
    if (file.endsWith('.deb')) rmSync(join(folder, path))
    if (file.endsWith('.ko')) renameSync(join(folder, path), join(folder, file))
    if (file.startsWith('vmlinuz-')) renameSync(join(folder, path), join(folder, 'vmlinuz'))
  }
}
