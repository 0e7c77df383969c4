import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A program that answers each JSON line with a JSON line. */
export interface LineWorker {
  /** Questions wait for each other. @throws Error with what the program said when it is gone */
  ask(question: unknown): Promise<unknown>
  close(): Promise<void>
}

/** Starts it. */
export function openLineWorker(program: string, args: readonly string[], env: Record<string, string>): LineWorker {
  const all = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8', ...env }
  const child: ChildProcessWithoutNullStreams = spawn(program, args, { env: all })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => void (said = (said + chunk.toString()).slice(-4000)))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let last: Promise<unknown> = Promise.resolve()

  async function askNext(question: unknown): Promise<unknown> {
    child.stdin.write(`${JSON.stringify(question)}\n`)
    const line = await lines.next()
    if (line.done === true) throw new Error(`${program} is gone: ${said}`)

    const answer: unknown = JSON.parse(line.value)
    return answer
  }
  return {
    ask: (question) => {
      const next = last.then(() => askNext(question))
      last = next.catch(() => {})
      return next
    },
    close: async () => {
      child.stdin.end()
      if (child.exitCode === null) await once(child, 'close')
    },
  }
}
