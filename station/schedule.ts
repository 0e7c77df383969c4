import type { Station } from '#shared/usecases/needs.ts'

/** Queues a sweep now and then again and again. A sweep that still waits is not queued twice. */
export function startSchedule(station: Station, everySeconds: number): { stop(): void } {
  const queueSweep = () => {
    station.queue
      .send([{ lane: 'sweep', body: { kind: 'sweep-fleet' }, onlyOnce: 'sweep-fleet' }])
      .catch((error: unknown) => station.log.error('sweep.not-queued', { reason: String(error) }))
  }
  queueSweep()
  const timer = setInterval(queueSweep, everySeconds * 1000)
  return { stop: () => clearInterval(timer) }
}
