/** What is used of the decoder; it ships no types. */
declare module 'seek-bzip' {
  export interface ByteSource {
    readByte(): number
    read(buffer: Uint8Array, offset: number, length: number): number
    eof(): boolean
  }
  export interface ByteSink {
    writeByte(byte: number): void
  }
  export default class Bunzip {
    constructor(input: ByteSource, output: ByteSink)
    /** Decodes the next block into memory of its own; false: the stream is over. */
    _init_block(): boolean
    /** Writes that block out and checks it. */
    _read_bunzip(): number
    _start_bunzip(input: ByteSource, output: ByteSink): void
    readonly reader: { read(bits: number): number }
    readonly streamCRC: number
  }
}
