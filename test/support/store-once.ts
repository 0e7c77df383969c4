import { writeSync } from 'node:fs'
import { openEmbeddedData } from '#adapters/embedded/data-folder.ts'

/** Stores one thing of each kind and says so after each: `node store-once.ts FOLDER`. What it did to the disk is watched from outside. */
const [folder = ''] = process.argv.slice(2)
const data = await openEmbeddedData(folder)
const answered = (what: string) => writeSync(1, `answered ${what}\n`)

answered('open')
await data.objects.put('fresh/folder/one', Buffer.from('body'))
answered('put')
await data.objects.put('fresh/folder/two', Buffer.from('body'), { expect: 'absent' })
answered('absent')
await data.objects.put('fresh/folder/cached', Buffer.from('body'), { cache: true })
answered('cached')
await data.table.put({ partition: 'p', sort: 's', value: 1 })
answered('table')
await data.queue.send([{ lane: 'sweep', body: 1 }])
answered('queue')
await data.objects.delete('fresh/folder/one')
answered('delete')
await data.close()
