import { SaxesParser } from 'saxes'

/** A request as gvmd would see it. */
export interface GmpRequest {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: GmpRequest[]
  text: string
}

/** Gives each whole request that comes in pieces; `broken` for what is no XML, as gvmd closes the connection over it. */
export function openRequestReader(take: (request: GmpRequest) => void, broken: () => void): (piece: Buffer) => void {
  let stack: GmpRequest[] = []
  let parser = fresh()

  function fresh(): SaxesParser<{ xmlns: false; fragment: true }> {
    const next = new SaxesParser<{ xmlns: false; fragment: true }>({ xmlns: false, fragment: true })
    next.on('error', broken)
    next.on('opentag', ({ name, attributes }) => {
      const request: GmpRequest = { name, attributes, children: [], text: '' }
      stack.at(-1)?.children.push(request)
      stack.push(request)
    })
    next.on('text', (text) => {
      const open = stack.at(-1)
      if (open !== undefined) open.text += text
    })
    next.on('closetag', () => {
      const done = stack.pop()
      if (stack.length === 0 && done !== undefined) take(done)
    })
    return next
  }

  return (piece) => {
    if (stack.length === 0) {
      stack = []
      parser = fresh()
    }
    parser.write(piece.toString('utf8'))
  }
}

export function childOf(request: GmpRequest, name: string): GmpRequest | undefined {
  return request.children.find((child) => child.name === name)
}

export function textOf(request: GmpRequest, name: string): string {
  return childOf(request, name)?.text ?? ''
}
