import { spawnSync } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

/** What a program asked of the disk, or said, with the places in the trace where the call began and where it had ended. */
export type TracedCall = { readonly begins: number; readonly ends: number } & (
  | { readonly kind: 'open'; readonly path: string; readonly creates: boolean; readonly truncates: boolean }
  | { readonly kind: 'write'; readonly path: string; readonly bytes: Buffer; readonly at: number | 'next' }
  | { readonly kind: 'truncate'; readonly path: string; readonly length: number }
  | { readonly kind: 'rename' | 'link'; readonly from: string; readonly to: string }
  | { readonly kind: 'unlink' | 'mkdir' | 'rmdir' | 'sync'; readonly path: string }
  | { readonly kind: 'said'; readonly text: string }
)

/** All calls that change files, their names or what of them is durable. */
const WATCHED =
  'open,openat,openat2,creat,mkdir,mkdirat,rmdir,unlink,unlinkat,link,linkat,symlink,symlinkat,rename,renameat,renameat2,' +
  'write,writev,pwrite64,pwritev,pwritev2,ftruncate,truncate,fallocate,copy_file_range,sendfile,splice,mmap,' +
  'fsync,fdatasync,sync_file_range,sync,syncfs,io_uring_setup'
const LONGEST_WRITE = 4 * 1024 * 1024

/**
 * Runs a command and returns, in order of their beginning, the calls that concern files below the folder and what was written to
 * standard output. Two calls of which one began after the other had ended stand so in the trace.
 * @throws when the command fails, or does something to these files that the trace does not show
 */
export async function traceDisk(command: readonly string[], folder: string, trace: string): Promise<TracedCall[]> {
  const watch = ['-f', '-y', '-xx', '-s', String(LONGEST_WRITE), '--seccomp-bpf', '-e', `trace=${WATCHED}`, '-o', trace]
  const ran = spawnSync('strace', [...watch, ...command], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  if (ran.status !== 0) throw new Error(`${command.join(' ')} ended with ${ran.status ?? ran.signal}: ${ran.stderr}`)

  const calls: TracedCall[] = []
  const begun = new Map<string, { text: string; begins: number }>()
  let place = 0
  for await (const line of createInterface({ input: createReadStream(trace, 'latin1') })) {
    place += 1
    const blank = line.indexOf(' ')
    const thread = line.slice(0, blank)
    const said = line.slice(blank).trimStart()
    if (said.endsWith('<unfinished ...>')) {
      begun.set(thread, { text: said.slice(0, -'<unfinished ...>'.length), begins: place })
      continue
    }
    const resumed = said.startsWith('<...') ? begun.get(thread) : undefined
    const text =
      resumed === undefined ? said : resumed.text + said.slice(said.indexOf(' resumed>') + ' resumed>'.length)
    begun.delete(thread)
    const call = readCall(text, folder, { begins: resumed?.begins ?? place, ends: place })
    if (call !== null) calls.push(call)
  }
  return calls.toSorted((one, other) => one.begins - other.begins)
}

/** `name(arguments) = result`: with -xx no string holds a quote, a bracket or a blank, so that the text needs no further care. */
const CALL = /^(\w+)\((.*)\)\s+= (-?\d+)/
const STRING = /"([^"]*)"/g
const HANDLE = /^\d+<([^>]*)>/

function readCall(text: string, folder: string, when: { begins: number; ends: number }): TracedCall | null {
  const match = CALL.exec(text)
  if (match === null) return null

  const [, name = '', given = '', result = ''] = match
  if (Number(result) < 0) return null

  const handle = HANDLE.exec(given)?.[1]
  const ofHandle = handle === undefined ? '' : unhex(handle).toString()
  if (name === 'write' && given.startsWith('1<')) {
    return { ...when, kind: 'said', text: stringsOf(given)[0]?.toString() ?? '' }
  }
  const paths = /^(?:p?write|mmap)/.test(name) ? [] : stringsOf(given).map(String)
  const isBelow = (path: string) => path === folder || path.startsWith(`${folder}/`)
  const mapped = name === 'mmap' ? unhex(/<([^>]*)>/.exec(given)?.[1] ?? '').toString() : ''
  if (![ofHandle, mapped, ...paths].some(isBelow)) return null

  const [path = ofHandle, to = ''] = paths
  switch (name) {
    case 'openat':
      return { ...when, kind: 'open', path, creates: given.includes('O_CREAT'), truncates: given.includes('O_TRUNC') }
    case 'write':
      return { ...when, kind: 'write', path, bytes: written(given, result), at: 'next' }
    case 'pwrite64':
      return { ...when, kind: 'write', path, bytes: written(given, result), at: lastNumber(given) }
    case 'ftruncate':
      return { ...when, kind: 'truncate', path, length: lastNumber(given) }
    case 'rename':
    case 'link':
      return { ...when, kind: name, from: path, to }
    case 'unlink':
    case 'mkdir':
    case 'rmdir':
      return { ...when, kind: name, path }
    case 'fsync':
    case 'fdatasync':
      return { ...when, kind: 'sync', path }
    case 'mmap':
      // Node.js maps its own files to read them; what SQLite shares among connections it makes anew after a power loss.
      if (!given.includes('MAP_SHARED') || !given.includes('PROT_WRITE') || mapped.endsWith('-shm')) return null
      throw new Error(`a file is written through memory, which no trace shows: ${mapped}`)
    default:
      throw new Error(`a trace with the call ${name} on ${path} cannot be replayed yet`)
  }
}

function stringsOf(given: string): Buffer[] {
  return Array.from(given.matchAll(STRING), ([, hex = '']) => unhex(hex))
}

/** What the kernel took of what it was given. */
function written(given: string, result: string): Buffer {
  const [bytes = Buffer.alloc(0)] = stringsOf(given)
  if (given.includes('"...')) throw new Error('a write is too long for this trace')
  return bytes.subarray(0, Number(result))
}

function lastNumber(given: string): number {
  return Number(given.slice(given.lastIndexOf(',') + 1))
}

/** `\x41\x42` */
function unhex(text: string): Buffer {
  return Buffer.from(text.replaceAll('\\x', ''), 'hex')
}
