/** These bytes, or this text as UTF-8, in chunks of so many bytes, as a file or a socket would give them. */
export async function* reportChunks(content: string | Uint8Array, chunkBytes = 1000): AsyncGenerator<Uint8Array> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  for (let start = 0; start < bytes.length; start += chunkBytes) {
    await Promise.resolve()
    yield bytes.subarray(start, start + chunkBytes)
  }
}
