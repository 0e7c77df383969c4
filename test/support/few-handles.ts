import { closeSync, openSync } from 'node:fs'
import { openFileObjectStore } from '#adapters/embedded/object-store.ts'
import { isFault } from '#shared/domain/fault.ts'
import { collect } from '#test/support/collect.ts'

/** Run where only few files may be open: `node few-handles.ts FOLDER` uses all of them up, then an object store, and prints how that ended. */
const [folder = ''] = process.argv.slice(2)
const objects = await openFileObjectStore(folder)
await objects.put('k', Buffer.from('kept'))
const handles: number[] = []
try {
  for (;;) handles.push(openSync('/dev/null', 'r'))
} catch {
  // None is left: that is the point.
}
const ends = await Promise.allSettled([
  objects.put('new', Buffer.from('x')),
  objects.get('k'),
  objects.put('k', Buffer.from('y')),
  collect(objects.list('')),
])
for (const handle of handles) closeSync(handle)
await objects.put('late', Buffer.from('x'))
const outcome = {
  ends: ends.map((end) => (end.status === 'rejected' && isFault(end.reason) ? end.reason.code : end.status)),
  kept: Buffer.from((await objects.get('k'))?.body ?? []).toString(),
  keys: await collect(objects.list('')),
}
process.stdout.write(JSON.stringify(outcome))
