import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { run, runOrThrow } from './run.ts'
import { ROOT } from './sources.ts'
import type { Machine } from './world.ts'

/** What apt itself says of one machine. */
export interface AptAnswer {
  /** `apt list --upgradable`: `name:architecture installed candidate`, sorted; null: apt refuses to answer at all. */
  readonly upgradable: readonly string[] | null
  /**
   * Which of these `apt upgrade` would take; null: apt refuses to (the installed set is broken). What it would downgrade by a
   * priority over 1000 is not among them.
   */
  readonly upgraded: readonly string[] | null
  /**
   * On the way apt took back something that it had marked already, or kept one package back for the sake of another: which of two
   * it then leaves depends on the order in which its hash table gives the packages, and not on a rule. Or it found that its own
   * books do not add up, and says so.
   */
  readonly isContested: boolean
  /** apt's own words, for a person who looks into a difference. */
  readonly transcript: string
}

export interface AptRoot {
  readonly folder: string
  /** Shared by machines with the same sources. */
  readonly lists: string
  readonly proxyUrl: string
}

/** Writes the machine's files below the root's folder, with a configuration that keeps apt inside it. */
export function layOutMachine(root: AptRoot, machine: Machine): void {
  for (const [path, content] of machine.files) {
    const target = join(root.folder, path)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, typeof content === 'string' ? content.replaceAll(ROOT, root.folder) : content)
  }
  for (const folder of [
    'etc/apt/apt.conf.d',
    'etc/apt/preferences.d',
    'etc/apt/sources.list.d',
    'etc/apt/trusted.gpg.d',
  ]) {
    mkdirSync(join(root.folder, folder), { recursive: true })
  }
  for (const folder of ['var/lib/apt', 'var/cache/apt/archives/partial', 'var/log/apt', 'var/lib/dpkg/updates']) {
    mkdirSync(join(root.folder, folder), { recursive: true })
  }
  mkdirSync(join(root.lists, 'partial'), { recursive: true })
  // apt takes itself to be in a chroot where `ischroot` says so, and then ignores phasing; these machines are none.
  mkdirSync(join(root.folder, 'bin'), { recursive: true })
  writeFileSync(join(root.folder, 'bin/ischroot'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  writeFileSync(configurationPath(root), configure(root, machine))
}

/** Makes apt work on this very system, with lists and caches of its own below the root's folder. */
export function layOutThisMachine(root: Pick<AptRoot, 'folder' | 'lists'>): void {
  for (const folder of [join(root.lists, 'partial'), join(root.folder, 'cache/archives/partial')]) {
    mkdirSync(folder, { recursive: true })
  }
  const lines = [
    `Dir::State::lists "${root.lists}";`,
    `Dir::Cache "${join(root.folder, 'cache')}";`,
    'APT::Sandbox::User "root";',
    'Acquire::Languages "none";',
    'Debug::NoLocking "1";',
  ]
  writeFileSync(configurationPath(root), `${lines.join('\n')}\n`)
}

/** `apt-get update`; resolves to what it said, whether or not every source could be had. */
export async function updateLists(root: Pick<AptRoot, 'folder'>): Promise<string> {
  const { code, stdout, stderr } = await callApt(root, 'apt-get', ['update'])
  return `apt-get update ended with ${code}\n${stdout}${stderr}`
}

/** Asks apt what is upgradable and what an upgrade would do, on a machine of this native architecture. */
export async function askApt(root: Pick<AptRoot, 'folder'>, native: string): Promise<AptAnswer> {
  const list = await callApt(root, 'apt', ['list', '--upgradable'])
  if (list.code !== 0) return { upgradable: null, upgraded: null, isContested: false, transcript: list.stderr }

  const upgradable = readUpgradable(list.stdout)
  const upgrade = await callApt(root, 'apt-get', ['-s', 'upgrade', '--with-new-pkgs', ...TALKATIVE])
  const taken = new Set(readUpgraded(upgrade.stdout).map((entry) => fileUnderNative(entry, native)))
  return {
    upgradable,
    upgraded: upgrade.code === 0 ? upgradable.filter((entry) => taken.has(fileUnderNative(entry, native))) : null,
    isContested: isContested(`${upgrade.stdout}${upgrade.stderr}`),
    transcript: `${list.stdout}${list.stderr}\n${upgrade.stdout}${upgrade.stderr}`,
  }
}

const TALKATIVE = ['pkgProblemResolver', 'pkgDepCache::AutoInstall', 'pkgDepCache::Marker'].flatMap((part) => [
  '-o',
  `Debug::${part}=true`,
])

function isContested(transcript: string): boolean {
  const [marking = '', resolving = ''] = transcript.split('Entering ResolveByKeep', 2)
  if (transcript.includes('Internal Inconsistency')) return true
  return /MarkKeep|MarkDelete|Removing:/.test(marking) || /Keeping Package \S+ due to/.test(resolving)
}

/** `apt list` names the architecture of the installed version, a simulated run that of the candidate: `all` may be either. */
function fileUnderNative(entry: string, native: string): string {
  return entry.replace(/:all /, `:${native} `)
}

/** The version of this system's apt: `2.6.1`. */
export async function readAptVersion(): Promise<string> {
  return (await runOrThrow('dpkg-query', ['-W', '-f', '${Version}', 'apt'])).trim()
}

function callApt(root: Pick<AptRoot, 'folder'>, program: string, args: readonly string[]) {
  const path = `${join(root.folder, 'bin')}:${process.env['PATH'] ?? ''}`
  return run(program, args, { env: { APT_CONFIG: configurationPath(root), PATH: path } })
}

function configurationPath(root: Pick<AptRoot, 'folder'>): string {
  return join(root.folder, 'apt-config-of-the-test')
}

function configure(root: AptRoot, machine: Machine): string {
  const architectures = [machine.native, ...machine.foreign].map((name) => `"${name}";`).join(' ')
  return [
    `Dir "${root.folder}";`,
    `Dir::State::status "${join(root.folder, 'var/lib/dpkg/status')}";`,
    `Dir::State::lists "${root.lists}";`,
    `APT::Architecture "${machine.native}";`,
    `APT::Architectures { ${architectures} };`,
    'APT::Sandbox::User "";',
    'Acquire::Check-Valid-Until "true";',
    'Acquire::Languages "none";',
    'Acquire::Retries "0";',
    `Acquire::http::Proxy "${root.proxyUrl}";`,
    'Debug::NoLocking "1";',
    '',
  ].join('\n')
}

/** Lines of `apt list`: `name/suite,suite candidate architecture [upgradable from: installed]`. */
function readUpgradable(text: string): string[] {
  const found: string[] = []
  for (const line of text.split('\n')) {
    const match = /^([^/\s]+)\/\S* (\S+) (\S+) \[upgradable from: (\S+)\]$/.exec(line)
    if (match !== null) found.push(`${match[1]}:${match[3]} ${match[4]} ${match[2]}`)
  }
  return found.toSorted()
}

/** Lines of a simulated run: `Inst name[:architecture] [installed] (candidate origins [architecture]) …`. */
function readUpgraded(text: string): string[] {
  const found: string[] = []
  for (const line of text.split('\n')) {
    const match = /^Inst ([^\s:]+)(?::\S+)? \[([^\]]+)\] \((\S+) .*\[([^\]]+)\]\)/.exec(line)
    if (match !== null) found.push(`${match[1]}:${match[4]} ${match[2]} ${match[3]}`)
  }
  return found.toSorted()
}
