import { CANARY, PUBLIC_KEY, writeMachine } from './fixture-machine.ts'

const PRIVATE_KEY = `-----BEGIN PRIVATE KEY-----\n${CANARY}\n-----END PRIVATE KEY-----\n`

/** Configuration of an rpm machine, canaries in all the places where dnf, yum and zypper keep secrets. */
export const RPM_MACHINE_FILES: Readonly<Record<string, string>> = {
  'etc/os-release': 'ID=rocky\nVERSION_ID="9.4"\n',
  'etc/hostname': 'rpm-1\n',
  'etc/dnf/dnf.conf': [
    '[main]',
    'best=True',
    `proxy=http://u:${CANARY}@proxy.example.org:3128`,
    'proxy_username=someone',
    `proxy_password=${CANARY}`,
    `Password : ${CANARY}`,
    'installonly_limit=3',
    '',
  ].join('\n'),
  'etc/yum.repos.d/a.repo': [
    '[base]',
    `baseurl=https://user:${CANARY}@mirror.example.org/base/?auth=${CANARY}`,
    `        https://mirror.example.org/second/?${CANARY}`,
    'username=someone',
    'password=',
    `  ${CANARY}`,
    `\t${CANARY}`,
    'gpgkey=file:///etc/pki/rpm-gpg/KEY-one file:///etc/shadow,file:///etc/pki/private.key',
    'sslclientkey=/etc/pki/entitlement/1-key.pem',
    '[list]',
    'mirrorlist=https://mirror.example.org/?release=$releasever&arch=$basearch',
    `metalink = https://mirror.example.org/metalink?repo=x&token=${CANARY}`,
    'enabled=1',
    `#password=${CANARY}`,
    `api_token = ${CANARY}`,
    'mirrorlist=https://mirror.example.org/?repo=a&arch=x86_64&countme=1',
    `mirrorlist=https://mirror.example.org/?repo=a&id=${CANARY}`,
    'metalink=https://mirror.example.org/metalink?repo=epel-$releasever&arch=$basearch&infra=$infra&content=$contentdir',
    '',
  ].join('\n'),
  'etc/yum.repos.d/b.repo': `[b]\nbaseurl=https://mirror.example.org/b/\npassword=${CANARY}`,
  'etc/zypp/repos.d/z.repo': `[z]\nbaseurl=https://mirror.example.org/z/\ngpgkey = file:/usr/share/keys/z.asc\n`,
  'etc/zypp/credentials.d/SCC': `username=u\npassword=${CANARY}\n`,
  'etc/dnf/plugins/versionlock.conf': '[main]\nenabled = 1\nlocklist = /opt/versionlock.mine\n',
  'opt/versionlock.mine': 'bash-*\n',
  'etc/dnf/plugins/versionlock.list': 'kernel-0:5.14.0-1.el9.*\n',
  'etc/dnf/vars/stage': 'production\n',
  'etc/dnf/modules.d/nodejs.module': '[nodejs]\nstate=enabled\nstream=20\n',
  'etc/pki/rpm-gpg/KEY-one': PUBLIC_KEY,
  'usr/share/keys/unnamed.asc': PUBLIC_KEY,
  'etc/pki/private.key': PRIVATE_KEY,
  'etc/pki/entitlement/1-key.pem': PRIVATE_KEY,
  'etc/shadow': `root:${CANARY}\n`,
  'usr/share/keys/z.asc': PUBLIC_KEY,
}

/** What is left of its repositories once everything secret is cut out. */
export const CUT_REPOSITORIES = [
  '[base]',
  'baseurl=https://mirror.example.org/base/',
  '        https://mirror.example.org/second/',
  'gpgkey=file:///etc/pki/rpm-gpg/KEY-one file:///etc/shadow,file:///etc/pki/private.key',
  'sslclientkey=/etc/pki/entitlement/1-key.pem',
  '[list]',
  'mirrorlist=https://mirror.example.org/?release=$releasever&arch=$basearch',
  'metalink = https://mirror.example.org/metalink',
  'enabled=1',
  'mirrorlist=https://mirror.example.org/?repo=a&arch=x86_64&countme=1',
  'mirrorlist=https://mirror.example.org/',
  'metalink=https://mirror.example.org/metalink?repo=epel-$releasever&arch=$basearch&infra=$infra&content=$contentdir',
  '',
].join('\n')

export async function writeRpmMachine(root: string): Promise<void> {
  await writeMachine(root, RPM_MACHINE_FILES)
}
