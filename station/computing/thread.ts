// A thread that computes for the station: reads objects of the data folder and answers orders.
import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import { openFileObjectReader } from '#adapters/embedded/object-store.ts'
import type { Answer, Order } from './messages.ts'
import { openOrders } from './work-order.ts'

const { folder } = z.object({ folder: z.string() }).parse(workerData)
const answer = openOrders(openFileObjectReader(folder))
parentPort?.on('message', (order: Order) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
  void answer(order).then((said) => parentPort?.postMessage(said, listMovable(said)))
})

/** A result is nobody's here any more. What shares its memory with others is copied. */
function listMovable({ result }: Answer): ArrayBuffer[] {
  if (result.kind !== 'checked') return []

  const { buffer, byteLength } = result.outcome.json
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : []
}
