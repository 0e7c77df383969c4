import { randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import { openEmbeddedData } from '#adapters/embedded/data-folder.ts'
import { sha256 } from '#shared/domain/canonical-json.ts'
import { LANES } from '#shared/ports/job-queue.ts'

/**
 * Works like a busy station until it is killed: `node storage-worker.ts FOLDER FIRST [LAST BODY_BYTES]`. Each writer stores an object
 * under its hash, another one that could be made again, replaces a third, writes an item and sends a job, numbered from FIRST on; it
 * says `try WRITER NUMBER` before and `kept WRITER NUMBER` once all were answered. Each lane does its jobs: it notes them and
 * acknowledges. Once every writer has kept LAST the process ends as it is.
 */
const WRITERS = 4

const [folder = '', first = '1', last = 'Infinity', bodyBytes = String(128 * 1024)] = process.argv.slice(2)
const data = await openEmbeddedData(folder)
writeSync(1, 'open\n')

async function write(writer: string): Promise<void> {
  for (let number = Number(first); number <= Number(last); number += 1) {
    const body = randomBytes(Number(bodyBytes) + number)
    const hash = sha256(body)
    writeSync(1, `try ${writer} ${number}\n`)
    await data.objects.put(`blobs/${writer}/${hash}`, body, number % 2 === 0 ? { expect: 'absent' } : {})
    if (number % 4 === 0) await data.objects.put(`blobs/cached/${hash}`, body, { cache: true })
    await data.objects.put(`latest/${writer}`, Buffer.concat([Buffer.from(`${number} ${hash}\n`), body]))
    const before = await data.table.get({ partition: 'writer', sort: writer })
    await data.table.put({
      partition: 'writer',
      sort: writer,
      value: { number, hash },
      expect: before?.version ?? 'absent',
    })
    await data.queue.send(LANES.map((lane) => ({ lane, body: `${writer} ${number} ${lane}` })))
    writeSync(1, `kept ${writer} ${number}\n`)
    for await (const key of data.objects.list(`blobs/${writer}/`)) {
      if (key !== `blobs/${writer}/${hash}`) await data.objects.delete(key)
    }
  }
}

async function work(lane: (typeof LANES)[number]): Promise<never> {
  for (;;) {
    const deliveries = await data.queue.receive(lane, { max: 2, leaseSeconds: 300 })
    for (const delivery of deliveries) {
      await data.table.put({ partition: 'done', sort: String(delivery.body), value: {} })
      await data.queue.acknowledge(delivery)
    }
    if (deliveries.length === 0) await data.waitForWork(lane, 1000)
  }
}

const lanes = LANES.map(work)
await Promise.race([Promise.all(Array.from({ length: WRITERS }, (_, at) => write(`w${at}`))), ...lanes])
process.exit(0)
