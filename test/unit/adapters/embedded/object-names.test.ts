import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openFolders } from '#adapters/embedded/storing/folders.ts'
import { placeOfObject, readName } from '#adapters/embedded/storing/object-names.ts'

describe('placeOfObject', () => {
  it.each([
    ['evidence/web-1/abc.tar.gz', ['evidence+', 'web-1+'], 'abc.tar.gz'],
    ['a', [], 'a'],
    ['Web/README', ['=web+'], '=r=e=a=d=m=e'],
    ['a./b.', ['a=0+'], 'b=0'],
    ['con/NUL.txt', ['=1con+'], '=n=u=l.txt'],
    ['x/lpt1.gz', ['x+'], '=1lpt1.gz'],
    [`${'x'.repeat(130)}/y`, [`${'x'.repeat(120)},`, `${'x'.repeat(10)}+`], 'y'],
    ['y'.repeat(250), [`${'y'.repeat(120)},`, `${'y'.repeat(120)},`], 'y'.repeat(10)],
  ])('keeps %s under names that every file system tells apart', (key, folder, name) => {
    expect(placeOfObject(key)).toEqual({ folder, name })
    expect(readName(name, 'file')?.text).toBe(
      key
        .split('/')
        .at(-1)
        ?.slice(key.length === 250 ? 240 : 0),
    )
  })

  it('makes no name longer than 255 bytes', () => {
    const { folder, name } = placeOfObject('A'.repeat(512))

    for (const one of [...folder, name]) expect(Buffer.byteLength(one)).toBeLessThanOrEqual(255)
  })
})

describe('openFolders', () => {
  it('prunes no folder that someone is about to use', async () => {
    const root = await mkdtemp(join(tmpdir(), 'lazaret-folders-'))
    const folders = openFolders(root)
    await folders.hold(['objects', 'a+', 'b+'], async () => {
      folders.prune(['objects', 'a+', 'b+'])
      expect(await readdir(join(root, 'objects', 'a+'))).toEqual(['b+'])
    })
    folders.prune(['objects', 'a+', 'b+'])

    expect(await readdir(join(root, 'objects'))).toEqual([])
    await rm(root, { recursive: true })
  })
})
