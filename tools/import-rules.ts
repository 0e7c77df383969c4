/**
 * Who may import whom: imports point inward. Each row is a folder of the project; the longest row that fits a file counts.
 * `packages`: what else it may import; a trailing `*` stands for anything that begins so.
 */
export interface ImportRule {
  readonly from: string
  readonly folders: readonly string[]
  readonly packages: readonly string[]
}

const PURE = [
  'zod',
  'openpgp',
  '@napi-rs/lzma',
  'seek-bzip',
  're2js',
  'ipaddr.js',
  'saxes',
  'yaml',
  'node:crypto',
  'node:zlib',
  'node:buffer',
  'node:stream',
  'node:worker_threads',
]

export const IMPORT_RULES: readonly ImportRule[] = [
  { from: 'shared/domain', folders: ['shared/domain'], packages: PURE },
  { from: 'shared/ports', folders: ['shared/domain', 'shared/ports'], packages: [] },
  {
    from: 'shared/usecases',
    folders: ['shared/domain', 'shared/ports', 'shared/usecases'],
    packages: ['zod', 'node:crypto', 'node:buffer'],
  },
  {
    from: 'shared/api',
    folders: ['shared/domain', 'shared/ports', 'shared/usecases', 'shared/api'],
    packages: ['zod', 'hono', 'hono/*', 'node:crypto', 'node:buffer'],
  },
  {
    from: 'adapters/embedded',
    folders: ['shared/domain', 'shared/ports', 'adapters/embedded'],
    packages: ['zod', 'ipaddr.js', 'node:*'],
  },
  { from: 'scanners', folders: ['scanners', 'shared/domain', 'shared/ports'], packages: ['zod', 'saxes', 'node:*'] },
  ...['nessus', 'nmap', 'nuclei', 'openvas', '_template'].map((id) => ({
    from: `scanners/${id}`,
    folders: [`scanners/${id}`, 'shared/domain', 'shared/ports'],
    packages: ['zod', 'saxes', 'node:*'],
  })),
  { from: 'hypervisors', folders: ['hypervisors', 'shared/ports'], packages: ['zod'] },
  ...['libvirt', 'ec2', 'none'].map((id) => ({
    from: `hypervisors/${id}`,
    folders: [`hypervisors/${id}`, 'shared/domain', 'shared/ports'],
    packages: ['zod', 'saxes', '@aws-sdk/client-ec2', 'node:*'],
  })),
  {
    from: 'station',
    folders: ['shared', 'adapters/embedded', 'scanners', 'hypervisors', 'station'],
    packages: ['zod', 'yaml', '@hono/node-server', 'node:*'],
  },
  {
    from: 'cli',
    folders: ['shared', 'adapters/embedded', 'scanners', 'hypervisors', 'station', 'cli', 'tools'],
    packages: ['zod', 'commander', '@napi-rs/lzma', 'node:*'],
  },
  { from: 'agents', folders: ['agents'], packages: [] },
  { from: 'tools', folders: ['tools', 'shared/domain', 'shared/api'], packages: ['*'] },
  {
    from: 'test',
    folders: ['shared', 'adapters', 'scanners', 'hypervisors', 'station', 'cli', 'agents', 'test', 'tools', 'bench'],
    packages: ['*'],
  },
  {
    from: 'bench',
    folders: ['shared', 'adapters', 'scanners', 'hypervisors', 'station', 'cli', 'agents', 'test', 'tools', 'bench'],
    packages: ['*'],
  },
]

export interface Import {
  /** The importing file, from the project's root. */
  readonly file: string
  /** As written: `#shared/domain/fault.ts`, `./x.ts`, `zod`. */
  readonly specifier: string
}

/** Why this import is not allowed, or null. */
export function findViolation({ file, specifier }: Import): string | null {
  const rule = IMPORT_RULES.filter((row) => isIn(file, row.from)).toSorted((a, b) => b.from.length - a.from.length)[0]
  if (rule === undefined) return `${file} lies in no folder that may import anything`

  const target = resolveTarget(file, specifier)
  if (target === null) {
    const allowed = rule.packages.some(
      (name) => name === specifier || (name.endsWith('*') && specifier.startsWith(name.slice(0, -1))),
    )
    return allowed ? null : `${file} (${rule.from}) may not import the package ${specifier}`
  }
  return rule.folders.some((folder) => isIn(target, folder)) ? null : `${file} (${rule.from}) may not import ${target}`
}

/** The file that is meant, from the project's root; null for a package. */
function resolveTarget(file: string, specifier: string): string | null {
  if (specifier.startsWith('#')) return specifier.slice(1)
  if (!specifier.startsWith('.')) return null

  const parts = file.split('/').slice(0, -1)
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.') parts.push(part)
  }
  return parts.join('/')
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}

const IMPORT =
  /^(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm

/** Every import, re-export and dynamic import with a literal in a source text. */
export function listImports(file: string, source: string): Import[] {
  return [...source.matchAll(IMPORT)].map((match) => ({ file, specifier: match[1] ?? match[2] ?? match[3] ?? '' }))
}
