import type { AptRelease, AptRepository } from '../model.ts'

/**
 * Where an offered version comes from, as far as pins can see it: one package list of one repository, or dpkg's status file.
 * apt calls the status file's archive `now`. A repository without a Release file is like one whose Release says nothing: its host and
 * components are known.
 */
export interface IndexOrigin {
  readonly kind: 'list' | 'status'
  readonly release: AptRelease | null
  /** `now` for the status file: that is where apt keeps its archive name. */
  readonly component: string
  /** Of the index: `amd64`, `all`; '' for that of a flat archive and for the status file. */
  readonly architecture: string
  /** Of the repository's URI; '' for local ones. */
  readonly host: string
}

export const STATUS_ORIGIN: IndexOrigin = {
  kind: 'status',
  release: null,
  component: 'now',
  architecture: '',
  host: '',
}

/** The host part of a source's URI, without user and port, as `Pin: origin` sees it; '' for `file:` and the like. */
export function readHost(uri: string): string {
  const authority = /^[^:/]+:\/\/([^/]*)/.exec(uri)?.[1] ?? ''
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  return host.startsWith('[') ? host.slice(1, host.indexOf(']')) : host.replace(/:\d*$/, '')
}

/** How the repository that offers a version is named to a person: `bookworm-security/main`; a flat one by its title. */
export function nameOrigin(repository: AptRepository, component: string): string {
  return component === '' ? repository.title : `${repository.suite}/${component}`
}

/**
 * Does the release belong to a security archive? Debian, Ubuntu, Kali name suites or codenames `…-security`, older Debian labels
 * them, Ubuntu Pro's archives name their origin.
 */
export function isSecurityRelease(release: AptRelease | null): boolean {
  if (release === null) return false

  return (
    release.suite.endsWith('-security') ||
    release.codename.endsWith('-security') ||
    release.label === 'Debian-Security' ||
    release.origin.startsWith('UbuntuESM')
  )
}
