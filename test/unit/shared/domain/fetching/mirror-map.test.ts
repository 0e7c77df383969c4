import { describe, expect, it } from 'vitest'
import { applyMirrors, parseMirrorMap } from '#shared/domain/fetching/mirror-map.ts'

const map = parseMirrorMap([
  { from: 'http://archive.example.org/debian', to: 'http://10.0.0.5:3142/deb/' },
  { from: 'http://archive.example.org/debian/dists/', to: 'https://dists.corp.example/' },
  { from: 'file:/scn/a/', to: 'http://127.0.0.1:8000/a' },
  { from: 'copy:/srv', to: 'http://127.0.0.1:8000/srv' },
])

describe('the map of mirrors', () => {
  it.each([
    ['http://archive.example.org/debian/pool/x', 'http://10.0.0.5:3142/deb/pool/x'],
    ['http://archive.example.org/debian', 'http://10.0.0.5:3142/deb'],
    ['http://ARCHIVE.example.org:80/debian/./pool', 'http://10.0.0.5:3142/deb/pool'],
    ['http://archive.example.org/debian/dists/x/InRelease', 'https://dists.corp.example/x/InRelease'],
    ['file:/scn/a/dists/x/InRelease', 'http://127.0.0.1:8000/a/dists/x/InRelease'],
    ['file:///scn/a/dists/x/InRelease', 'http://127.0.0.1:8000/a/dists/x/InRelease'],
    ['copy:/srv/x', 'http://127.0.0.1:8000/srv/x'],
  ])('takes %s to %s', (url, expected) => {
    expect(applyMirrors(map, url)?.url).toBe(expected)
  })

  it.each([
    'http://archive.example.org/debian-security/x',
    'http://archive.example.org/debian/../secret',
    'http://archive.example.org/debian%2fx',
    'http://archive.example.org.evil.example/debian/x',
    'https://archive.example.org/debian/x',
    'http://archive.example.org:8080/debian/x',
    'http://user@archive.example.org/debian/x',
    'file:/scn/ab/x',
    'file:/scn/a/../../etc/passwd',
    'not a url',
  ])('leaves %s alone', (url) => {
    expect(applyMirrors(map, url)).toBeNull()
  })

  it('takes a whole file system of sources to one server', () => {
    const all = parseMirrorMap([{ from: 'file:/', to: 'http://127.0.0.1:8000' }])

    expect(applyMirrors(all, 'file:/scn/x')?.url).toBe('http://127.0.0.1:8000/scn/x')
  })

  it.each([
    [{ from: 'nonsense', to: 'http://a.example.org/' }],
    [{ from: 'http://a.example.org/', to: 'file:/srv/' }],
    [{ from: 'http://u:p@a.example.org/', to: 'http://b.example.org/' }],
    [{ from: 'http://a.example.org/?x', to: 'http://b.example.org/' }],
  ])('refuses %o as a mistake in the configuration', (mirror) => {
    expect(() => parseMirrorMap([mirror])).toThrow(expect.objectContaining({ code: 'config_invalid' }))
  })

  it('refuses the same origin of a mirror twice', () => {
    const twice = [
      { from: 'http://a.example.org/x', to: 'http://b.example.org/' },
      { from: 'http://a.example.org/x/', to: 'http://c.example.org/' },
    ]

    expect(() => parseMirrorMap(twice)).toThrow(expect.objectContaining({ code: 'config_invalid' }))
  })
})
