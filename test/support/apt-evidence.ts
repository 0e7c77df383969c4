import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Evidence } from '#shared/domain/evidence.ts'

/** Evidence made of texts and bytes. */
export function evidenceOf(files: Readonly<Record<string, string | Uint8Array>>): Evidence {
  return {
    files: new Map(
      Object.entries(files).map(([path, content]) => [
        path,
        typeof content === 'string' ? Buffer.from(content, 'utf8') : content,
      ]),
    ),
  }
}

/** Every file below a folder as evidence. For samples: the reader of real machines takes named paths only. */
export function evidenceBelow(root: string): Evidence {
  const files = new Map<string, Uint8Array>()
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) files.set(relative(root, path), readFileSync(path))
  }
  return { files }
}

/** An entry of dpkg's status file, as dpkg closes it. Fields given as '' are left out. */
export function statusEntry(fields: Readonly<Record<string, string>>): string {
  const all = {
    Package: 'hello',
    Status: 'install ok installed',
    Architecture: 'amd64',
    Version: '1.0-1',
    Description: 'an example',
    ...fields,
  }
  const lines = Object.entries(all)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}: ${value}\n`)
  return `${lines.join('')}\n`
}

/** A machine with one package, one source, and whatever else a test is about. */
export function machineOf(files: Readonly<Record<string, string | Uint8Array>> = {}): Evidence {
  return evidenceOf({
    'var/lib/dpkg/status': statusEntry({}),
    'var/lib/dpkg/arch': 'amd64\n',
    'etc/apt/sources.list': 'deb http://mirror.example.org/debian bookworm main\n',
    ...files,
  })
}
