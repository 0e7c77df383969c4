import { describe, expect, it } from 'vitest'
import { cutSecrets } from '#shared/domain/evidence-secrets.ts'

function textOf(path: string, text: string): string {
  const cleaned = cutSecrets(path, Buffer.from(text))
  return cleaned.status === 'omitted' ? `omitted: ${cleaned.reason}` : Buffer.from(cleaned.bytes).toString()
}

const REPO = 'etc/yum.repos.d/a.repo'

describe('secrets of an rpm machine', () => {
  it.each([
    [
      'a user and a password in an address',
      'baseurl=http://u:s3cret@x/ http://s3cret@y/\n',
      'baseurl=http://x/ http://y/\n',
    ],
    ['what follows a question mark in one', 'baseurl=http://x/?s3cret http://y/\n', 'baseurl=http://x/ http://y/\n'],
    [
      'settings that name a user, a password or a token',
      '[a]\nusername=s3cret\npassword = s3cret\nproxy_password=s3cret\nProxy_Username=s3cret\nauth_token=s3cret\nx=1\n',
      '[a]\nx=1\n',
    ],
    ['the lines that go on with such a setting', 'password=\n  s3cret\n\ts3cret\nx=1\n  2\n', 'x=1\n  2\n'],
    ['such a setting commented out', '# password=s3cret\nx=1\n', 'x=1\n'],
    [
      'a token in the query of a list of mirrors',
      'mirrorlist=http://x/?repo=a&token=s3cret\n',
      'mirrorlist=http://x/\n',
    ],
    ['a query that is no setting at all', 'metalink=http://x/?s3cret\n', 'metalink=http://x/\n'],
    [
      'a private key',
      'x=\n -----BEGIN RSA PRIVATE KEY-----\n s3cret\n -----END RSA PRIVATE KEY-----\ny=1\n',
      'x=\ny=1\n',
    ],
  ])('are cut: %s', (_, text, expected) => {
    expect(textOf(REPO, text)).toBe(expected)
  })

  it.each([
    'mirrorlist=http://x/?release=$releasever&arch=$basearch&repo=os&infra=$infra\n',
    'metalink=https://x/metalink?repo=epel-9&arch=$basearch&infra=$infra&content=$contentdir\n',
    'gpgkey=file:///etc/pki/rpm-gpg/KEY\nexcludepkgs=passwd*,username-tools\n',
  ])('are not seen where there are none: %s', (text) => {
    expect(cutSecrets(REPO, Buffer.from(text)).status).toBe('kept')
  })

  it('are not seen in a lock of a package called passwd', () => {
    expect(cutSecrets('etc/dnf/plugins/versionlock.list', Buffer.from('passwd-0:0.80-10.el9.*\n')).status).toBe('kept')
  })

  it.each([
    ['etc/dnf/dnf.conf'],
    ['etc/dnf/libdnf5.conf.d/a.conf'],
    ['usr/share/dnf5/repos.d/a.repo'],
    ['etc/yum.conf'],
    ['etc/yum/repos.d/a.repo'],
    ['etc/distro.repos.d/a.repo'],
    ['etc/zypp/repos.d/a.repo'],
    ['etc/zypp/services.d/a.service'],
    ['etc/zypp/zypp.conf'],
  ])('are cut in %s', (path) => {
    expect(textOf(path, 'password=s3cret\nproxy=http://u:s3cret@x/\n')).toBe('proxy=http://x/\n')
  })

  it.each([
    'etc/zypp/credentials.d/SCC',
    'etc/zypp/credentials.cat',
    'etc/pki/entitlement/1-key.pem',
    'etc/pki/consumer/key.pem',
  ])('leave out %s', (path) => {
    expect(textOf(path, 'password=s3cret\n')).toBe('omitted: holds passwords')
  })

  it('leave out a key that is private, wherever keys lie', () => {
    const key = '-----BEGIN PGP PRIVATE KEY BLOCK-----\ns3cret'
    for (const path of ['etc/pki/rpm-gpg/KEY', 'usr/lib/rpm/gnupg/keys/a', 'srv/a.key', 'srv/a.pem']) {
      expect(textOf(path, key)).toBe('omitted: holds a private key')
    }
    expect(cutSecrets('etc/pki/rpm-gpg/KEY', Buffer.from('-----BEGIN PGP PUBLIC KEY BLOCK-----')).status).toBe('kept')
  })
})
