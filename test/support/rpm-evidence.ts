import type { Evidence } from '#shared/domain/evidence.ts'
import { evidenceOf } from './apt-evidence.ts'

/** The importer's listing of packages: rows of `name version-release architecture`, each providing itself and what else is named. */
export function rpmListing(rows: readonly string[]): string {
  const lines = rows.map((row) => {
    const [name = '', evr = '1-1', architecture = 'x86_64', ...provides] = row.split(' ')
    const [version = '', release = ''] = evr.split('-')
    const fields = [
      name,
      '(none)',
      version,
      release,
      architecture,
      `${name}-${evr}.src.rpm`,
      'A Vendor',
      '1700000000',
      '(none)',
    ]
    const own = [`p\t${name}\t8\t${evr}`, ...provides.map((provided) => provideLine(provided))]
    return `P\t${fields.join('\t')}\n${own.join('\n')}\n`
  })
  return `lazaret-rpm-packages 1\n${lines.join('')}E\t${rows.length}\n`
}

function provideLine(text: string): string {
  const [name = '', evr] = text.split('=')
  return `p\t${name}\t${evr === undefined ? 0 : 8}\t${evr ?? ''}`
}

/** A machine with dnf 4 and one repository; files given replace or add to its own, '' leaves one out. */
export function rpmMachine(files: Readonly<Record<string, string | Uint8Array>> = {}): Evidence {
  const all: Record<string, string | Uint8Array> = {
    'lazaret/rpm-packages': rpmListing(['hello 1.0-1', 'dnf 4.14.0-9 noarch', RELEASE]),
    'lazaret/uname': '5.14.0-427.el9.x86_64\nx86_64\n',
    'etc/os-release': 'ID=rocky\nVERSION_ID="9.4"\n',
    'etc/yum.repos.d/rocky.repo':
      '[baseos]\nname=Rocky\nbaseurl=http://mirror.example.org/rocky/$releasever/BaseOS/$basearch/os/\n',
    ...files,
  }
  return evidenceOf(Object.fromEntries(Object.entries(all).filter(([, content]) => content !== '')))
}

const RELEASE = 'rocky-release 9.4-1.2 noarch system-release=9.4-1.2 system-release(releasever)=9'
