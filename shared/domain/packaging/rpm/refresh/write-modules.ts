import type { RpmModules } from '../model.ts'
import type { RecordWriter } from './record-writer.ts'

/** Module data as one record; `readModules` is its counterpart. */
export function writeModules(to: RecordWriter, text: (value: string) => void, modules: RpmModules): void {
  to.number(modules.defaults.size)
  for (const [name, stream] of modules.defaults) {
    text(name)
    text(stream)
  }
  to.number(modules.streams.length)
  for (const stream of modules.streams) {
    for (const value of [stream.name, stream.stream, stream.version, stream.context, stream.architecture]) text(value)
    writeTexts(to, text, stream.artifacts)
    writeTexts(to, text, stream.demodularized)
    to.number(stream.requires.length)
    for (const alternative of stream.requires) {
      to.number(alternative.size)
      for (const [name, wanted] of alternative) {
        text(name)
        writeTexts(to, text, wanted)
      }
    }
  }
  to.close()
}

function writeTexts(to: RecordWriter, text: (value: string) => void, values: readonly string[]): void {
  to.number(values.length)
  for (const value of values) text(value)
}
