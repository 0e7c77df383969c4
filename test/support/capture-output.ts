/** Runs something in this process and returns what it wrote, in place of letting it be written. A fault of it is thrown on. */
export async function captureOutput(work: () => Promise<unknown>): Promise<{ stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' }
  const restore = (['stdout', 'stderr'] as const).map((stream) => {
    const write = process[stream].write.bind(process[stream])
    process[stream].write = (chunk: string | Uint8Array) => {
      written[stream] += String(chunk)
      return true
    }
    return () => void (process[stream].write = write)
  })
  try {
    await work()
  } finally {
    for (const undo of restore) undo()
  }
  return written
}
