import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findViolation, IMPORT_RULES, listImports } from '#tools/import-rules.ts'

const root = join(import.meta.dirname, '..', '..', '..')

function sources(): string[] {
  const folders = ['shared', 'adapters', 'scanners', 'hypervisors', 'station', 'cli', 'tools', 'bench', 'test'].filter(
    (folder) => existsSync(join(root, folder)),
  )
  return folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`),
    )
    .filter((path) => path.endsWith('.ts'))
}

describe('import directions', () => {
  it('hold in every file of the project', () => {
    const imports = sources().flatMap((file) => listImports(file, readFileSync(join(root, file), 'utf8')))

    expect(imports.length).toBeGreaterThan(200)
    expect(imports.map((each) => findViolation(each)).filter((found) => found !== null)).toEqual([])
  })

  it.each([
    ['shared/domain/x.ts', 'node:fs'],
    ['shared/domain/x.ts', '#shared/ports/clock.ts'],
    ['shared/ports/x.ts', '#shared/usecases/check-subject.ts'],
    ['shared/usecases/x.ts', '#adapters/embedded/object-store.ts'],
    ['shared/usecases/x.ts', 'node:fs'],
    ['shared/api/x.ts', '#adapters/embedded/object-store.ts'],
    ['adapters/embedded/x.ts', '#shared/usecases/check-subject.ts'],
    ['adapters/embedded/x.ts', 'hono'],
    ['scanners/nessus/x.ts', '#scanners/openvas/gmp.ts'],
    ['scanners/x.ts', '#adapters/embedded/fetcher.ts'],
    ['hypervisors/ec2/x.ts', '#hypervisors/libvirt/virsh.ts'],
    ['shared/usecases/x.ts', '#scanners/index.ts'],
    ['station/x.ts', '#cli/main.ts'],
    ['cli/x.ts', '#test/support/tools.ts'],
    ['tools/x.ts', '#station/serve.ts'],
    ['agents/x.ts', '#shared/domain/fault.ts'],
    ['elsewhere/x.ts', './y.ts'],
  ])('name a planted violation: %s imports %s', (file, specifier) => {
    expect(findViolation({ file, specifier })).toContain(file)
  })

  it('see every way to import', () => {
    const source =
      "import a from 'a'\nimport type { B } from './b.ts'\nimport 'c'\nexport { d } from '#d'\nawait import('e')\n"

    expect(listImports('x.ts', source).map((each) => each.specifier)).toEqual(['a', './b.ts', 'c', '#d', 'e'])
  })

  it('have a row for each top-level folder of sources', () => {
    expect(new Set(IMPORT_RULES.map((row) => row.from.split('/')[0]))).toEqual(
      new Set(['shared', 'adapters', 'scanners', 'hypervisors', 'station', 'cli', 'agents', 'tools', 'test', 'bench']),
    )
  })
})
