import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Nothing that this fixture plants may ever be found outside the machine. */
export const CANARY = 'c4nary-s3cret'

export const PUBLIC_KEY = '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ==\n-----END PGP PUBLIC KEY BLOCK-----\n'

const STATUS = ['Package: hello', 'Status: install ok installed', 'Architecture: amd64', 'Version: 2.10-3', ''].join(
  '\n',
)

/** Files of a small apt machine, canaries in all the places where a machine keeps secrets. */
export const MACHINE_FILES: Readonly<Record<string, string | Uint8Array>> = {
  'etc/hostname': 'Web-1.Example\n',
  'etc/os-release': 'ID=debian\nVERSION_ID="12"\n',
  'etc/machine-id': '0123456789abcdef0123456789abcdef\n',
  'etc/debian_version': '12.5\n',
  'etc/shadow': `root:${CANARY}\n`,
  'etc/apt/sources.list': [
    `deb http://user:${CANARY}@mirror.example.org/debian bookworm main`,
    `# deb https://old:${CANARY}@p@mirror.example.org/debian bullseye main`,
    `# deb https://mirror.example.org/private?token=${CANARY} bookworm main`,
    'deb [arch=amd64 signed-by=/opt/keys/one.asc,/opt/keys/two.asc] http://mirror.example.org/x ./',
    'deb [signed-by=/etc/shadow] mirror+file:/etc/shadow bookworm main',
    '',
  ].join('\n'),
  'etc/apt/sources.list.d/with blank.sources': [
    'Types: deb',
    `URIs: https://token:${CANARY}@mirror.example.org/y/`,
    'Suites: bookworm',
    'Components: main',
    'Signed-By: /usr/share/keyrings/three.asc',
    '',
  ].join('\n'),
  'etc/apt/preferences.d/pin': 'Package: *\nPin: release n=bookworm\nPin-Priority: 500\n',
  'etc/apt/apt.conf.d/80proxy': `Acquire::http::Proxy "http://u:${CANARY}@proxy.example.org:3128";\n`,
  'etc/apt/mirrors/list.txt': `http://u:${CANARY}@mirror.example.org/debian/\tpriority:1\n`,
  'etc/apt/auth.conf': `machine mirror.example.org login u password ${CANARY}\n`,
  'etc/apt/auth.conf.d/x.conf': `machine mirror.example.org login u password ${CANARY}\n`,
  'etc/apt/keyrings/good.asc': PUBLIC_KEY,
  'etc/apt/keyrings/private.asc': `-----BEGIN PGP PRIVATE KEY BLOCK-----\n${CANARY}\n-----END PGP PRIVATE KEY BLOCK-----\n`,
  'etc/apt/trusted.gpg.d/secret.gpg': Buffer.concat([Buffer.from([0x95, 0x01]), Buffer.from(CANARY)]),
  'opt/keys/one.asc': PUBLIC_KEY,
  'opt/keys/two.asc': `-----BEGIN PGP PRIVATE KEY BLOCK-----\n${CANARY}\n-----END PGP PRIVATE KEY BLOCK-----\n`,
  'usr/share/keyrings/three.asc': PUBLIC_KEY,
  'usr/share/keyrings/unnamed.asc': PUBLIC_KEY,
  'var/lib/dpkg/status': STATUS,
  'var/lib/dpkg/arch': 'amd64\ni386\n',
  'root/.ssh/id_rsa': `-----BEGIN OPENSSH PRIVATE KEY-----\n${CANARY}\n`,
}

/** Writes files into a folder; `links` maps a path inside it to what the link there says. */
export async function writeMachine(
  root: string,
  files: Readonly<Record<string, string | Uint8Array>> = MACHINE_FILES,
  links: Readonly<Record<string, string>> = {},
): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
  for (const [path, target] of Object.entries(links)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await symlink(target, join(root, path))
  }
}
