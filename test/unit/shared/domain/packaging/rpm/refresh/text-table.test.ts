import { describe, expect, it } from 'vitest'
import { hashText } from '#shared/domain/packaging/rpm/refresh/list-layout.ts'
import { openPendingTexts } from '#shared/domain/packaging/rpm/refresh/pending-texts.ts'
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

  it('looks many texts up together, those that are made to collide too', () => {
    const texts = collidingTexts(200)
    const bytes = Buffer.from(texts.join(''))
    const table = openTextTable()
    const pending = openPendingTexts()
    pending.begin(bytes, table.seed)
    let at = 0
    for (const text of [...texts, ...texts]) {
      if (at === bytes.length) at = 0
      pending.add(1, at, at + text.length)
      at += text.length
    }
    table.internAll(pending)

    expect(table.seed).toBeGreaterThan(1)
    expect([...pending.numbers.subarray(0, pending.count)]).toEqual([...texts.keys(), ...texts.keys()])
    expect(texts.map((text) => table.intern(text))).toEqual([...texts.keys()])
    expect(texts.map((_, number) => table.textAt(number))).toEqual(texts)
  })
})
