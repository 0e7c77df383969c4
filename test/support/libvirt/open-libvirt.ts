import { execFileSync, spawn, type ExecFileSyncOptionsWithStringEncoding } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openLibvirtHypervisor } from '#hypervisors/libvirt/open-libvirt-hypervisor.ts'
import type { Hypervisor } from '#shared/ports/hypervisor.ts'
import { isCi, requireTool } from '#test/support/tools.ts'
import { makeTinyGuest } from './guest.ts'

/** A real libvirtd with QEMU in name spaces of its own, and tiny guests. */
export interface Libvirt {
  readonly folder: string
  readonly uri: string
  /** A program that runs what follows in the network of the guests: `[...inside, 'nmap', …]`. */
  readonly inside: readonly string[]
  open(options?: { program?: string; timeoutMs?: number }): Hypervisor
  virsh(...args: readonly string[]): string
  /** Defines a guest with a disk of its own, switched off. Its id. */
  define(name: string): string
  diskOf(name: string): string
  hashOf(name: string): string
  /** What a guest's port 22 says first; '' while it says nothing. */
  greeting(address: string): string
  /** All that is there: guests with their state, networks, volumes. */
  inventory(): { guests: readonly string[]; networks: readonly string[]; volumes: readonly string[] }
  /** Kills the daemon and waits for the next one; guests live on. */
  restartDaemon(): Promise<void>
  close(): Promise<void>
}

export const POOL = 'copies'
const UP = fileURLToPath(new URL('./up.sh', import.meta.url))
const QUIET: ExecFileSyncOptionsWithStringEncoding = {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'pipe'],
  timeout: 60_000,
}

/** Why there can be no libvirtd here, '' where there can be one. In CI the lack is an error. */
export function lacksLibvirt(): string {
  const lacking = requireTool(
    'libvirtd',
    'virsh',
    'qemu-system-x86_64',
    'qemu-img',
    'dnsmasq',
    'ip',
    'unshare',
    'busybox',
    'apt-get',
  )
  if (lacking !== '') return lacking
  if (process.getuid?.() === 0) return ''
  if (isCi()) throw new Error('libvirtd needs root')
  return ' (skipped: libvirtd needs root)'
}

export async function openLibvirt(): Promise<Libvirt> {
  const folder = mkdtempSync(join(tmpdir(), 'lazaret-libvirt-'))
  const guest = makeTinyGuest(folder)
  const outer = spawn(
    'unshare',
    ['--mount', '--pid', '--net', '--fork', '--kill-child', '--mount-proc', 'sh', UP, folder],
    {
      stdio: 'ignore',
    },
  )
  const socket = join(folder, 'sock/libvirt-sock')
  const uri = `qemu+unix:///system?socket=${socket}`
  const virsh = (...args: readonly string[]) => execFileSync('virsh', ['-q', '-c', uri, ...args], QUIET)
  const ready = async () => {
    for (let tries = 0; ; tries += 1) {
      try {
        return virsh('list')
      } catch (error) {
        if (tries > 150) throw new Error(`libvirtd did not start: ${readLog(folder)}`, { cause: error })
        await sleep(200)
      }
    }
  }
  await ready()

  const first = readFileSync(`/proc/${outer.pid}/task/${outer.pid}/children`, 'utf8').trim()
  const inside = ['nsenter', '-t', first, '-n', '--']
  mkdirSync(join(folder, 'pool'))
  virsh('pool-create-as', POOL, 'dir', '--target', join(folder, 'pool'))
  virsh('net-create', write(folder, 'lab.xml', LAB_NETWORK))
  const diskOf = (name: string) => join(folder, `${name}.qcow2`)

  return {
    folder,
    uri,
    inside,
    virsh,
    diskOf,
    open: (options = {}) =>
      openLibvirtHypervisor({
        id: 'rack1',
        uri,
        program: 'virsh',
        timeoutMs: 60_000,
        pool: POOL,
        network: '10.213.0.0/16',
        ...options,
      }),
    define: (name) => {
      execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', diskOf(name), '16M'], QUIET)
      virsh('define', write(folder, `${name}.xml`, describeGuest(name, { ...guest, disk: diskOf(name) })))
      return virsh('domuuid', '--domain', name).trim()
    },
    hashOf: (name) =>
      createHash('sha256')
        .update(readFileSync(diskOf(name)))
        .digest('hex'),
    greeting: (address) => {
      const args = [...inside.slice(1), 'timeout', '4', 'busybox', 'nc', address, '22']
      try {
        return execFileSync('nsenter', args, QUIET).trim()
      } catch {
        return ''
      }
    },
    inventory: () => {
      const rows = (text: string) =>
        text
          .split('\n')
          .flatMap((row) => (row.trim() === '' ? [] : [row.trim()]))
          .toSorted()
      const guests = rows(virsh('list', '--all', '--name'))
      virsh('pool-refresh', '--pool', POOL)
      return {
        guests: guests.map((name) => `${name} ${virsh('domstate', '--domain', name).trim()}`),
        networks: rows(virsh('net-list', '--all', '--name')),
        volumes: rows(virsh('vol-list', '--pool', POOL)).map((row) => row.split(/\s+/)[0] ?? ''),
      }
    },
    restartDaemon: async () => {
      const daemon = readFileSync(join(folder, 'pid'), 'utf8').trim()
      execFileSync('nsenter', ['-t', first, '-p', '-m', '--', 'kill', '-9', daemon], QUIET)
      await sleep(300)
      await ready()
    },
    close: async () => {
      writeFileSync(join(folder, 'stop'), '')
      const ended = new Promise((resolve) => outer.once('exit', resolve))
      // The first process of the name space: with it ends everything in there.
      process.kill(Number(first), 'SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const LAB_MAC = '52:54:00:98:00:10'
const LAB_NETWORK = `<network><name>lab</name><bridge stp="off" delay="0"/><dns enable="no"/>
<ip address="10.98.0.1" netmask="255.255.255.0"><dhcp><range start="10.98.0.10" end="10.98.0.99"/><host mac="${LAB_MAC}" ip="10.98.0.10"/></dhcp></ip></network>`

function describeGuest(name: string, of: { kernel: string; initrd: string; disk: string }): string {
  return `<domain type="qemu"><name>${name}</name><memory unit="MiB">96</memory><vcpu>1</vcpu>
<os><type arch="x86_64" machine="pc">hvm</type><kernel>${of.kernel}</kernel><initrd>${of.initrd}</initrd><cmdline>quiet mitigations=off nokaslr</cmdline></os>
<features><acpi/></features><devices>
<disk type="file" device="disk"><driver name="qemu" type="qcow2"/><source file="${of.disk}"/><target dev="vda" bus="virtio"/></disk>
<disk type="file" device="cdrom"><target dev="hda" bus="ide"/><readonly/></disk>
<interface type="network"><mac address="${LAB_MAC}"/><source network="lab"/><model type="virtio"/></interface>
<serial type="null"/></devices></domain>`
}

function write(folder: string, name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

function readLog(folder: string): string {
  const file = join(folder, 'log')
  return existsSync(file) ? readFileSync(file, 'utf8').slice(-2000) : 'it said nothing'
}
