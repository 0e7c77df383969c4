import { SaxesParser } from 'saxes'

/** All texts and attribute values of a document; throws where it is not well-formed. */
export function readXml(document: string): string[] {
  const texts: string[] = []
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ attributes }) => void texts.push(...Object.values(attributes)))
  parser.on('text', (text) => void texts.push(text))
  parser.write(document).close()
  return texts
}
