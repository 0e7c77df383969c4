import { describe, expect, it } from 'vitest'
import { hashText } from '#shared/domain/packaging/rpm/refresh/list-layout.ts'
import { openTextTable } from '#shared/domain/packaging/rpm/refresh/text-table.ts'

/** So many texts whose hashes begin a search at the same place of a table of 512. */
function collidingTexts(count: number): string[] {
  const texts: string[] = []
  for (let index = 0; texts.length < count; index += 1) {
    const text = `name-${index}`
    if ((hashText(text, 1) & 511) === 7) texts.push(text)
  }
  return texts
}

/** Two texts of one hash. */
function sameHash(): [string, string] {
  const seen = new Map<number, string>()
  for (let index = 0; ; index += 1) {
    const text = `name-${index}`
    const other = seen.get(hashText(text, 1))
    if (other !== undefined) return [other, text]
    seen.set(hashText(text, 1), text)
  }
}

describe('a table of texts', () => {
  it('numbers each text once, in the order of first appearance', () => {
    const table = openTextTable()

    expect(['b', 'a', 'b', '', 'ö', 'a', ''].map((text) => table.intern(text))).toEqual([0, 1, 0, 2, 3, 1, 2])
    expect(Buffer.from(table.finish().bytes).toString()).toBe('baö')
  })

  it('keeps two texts of one hash apart', () => {
    const table = openTextTable()

    expect(sameHash().map((text) => table.intern(text))).toEqual([0, 1])
  })

  it('takes another seed for texts that are made to collide', () => {
    const texts = collidingTexts(200)
    const table = openTextTable()

    expect(texts.map((text) => table.intern(text))).toEqual([...texts.keys()])
    expect(texts.map((text) => table.intern(text))).toEqual([...texts.keys()])
    expect(table.finish().seed).toBeGreaterThan(1)
  })
})
