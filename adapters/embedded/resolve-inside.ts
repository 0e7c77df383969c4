import { lstatSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

export type Resolved =
  /** Relative to the root; no part of it is a link. */
  | { readonly status: 'found'; readonly path: string }
  | { readonly status: 'missing' }
  /** There, but cannot be looked at; the reason is a sentence's end. */
  | { readonly status: 'unreadable'; readonly reason: string }

/** As many links as Linux itself follows in one look-up (path_resolution(7)). */
const MAX_LINKS = 40

/**
 * Where a path inside a root leads when the root is `/`: absolute links start at the root, and `..` never climbs above it, as after
 * chroot(2). Nothing outside the root is looked at.
 */
export function resolveInside(root: string, path: string): Resolved {
  const todo = path.split('/')
  let done: string[] = []
  let links = 0
  while (todo.length > 0) {
    const part = todo.shift() ?? ''
    if (part === '' || part === '.') continue
    if (part === '..') {
      done = done.slice(0, -1)
      continue
    }

    const here = [...done, part].join('/')
    const step = lookAt(join(root, here))
    if (step.status === 'plain') done = [...done, part]
    else if (step.status !== 'link') return step
    else if (++links > MAX_LINKS) return { status: 'unreadable', reason: 'its links lead in a circle' }
    else {
      if (step.target.startsWith('/')) done = []
      todo.unshift(...step.target.split('/'))
    }
  }
  return { status: 'found', path: done.join('/') }
}

type Look = { status: 'plain' } | { status: 'link'; target: string } | Exclude<Resolved, { status: 'found' }>

function lookAt(path: string): Look {
  try {
    const facts = lstatSync(path)
    return facts.isSymbolicLink() ? { status: 'link', target: readlinkSync(path) } : { status: 'plain' }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG'
    if (isMissing) return { status: 'missing' }

    return { status: 'unreadable', reason: code === 'EACCES' || code === 'EPERM' ? 'no permission' : code }
  }
}
