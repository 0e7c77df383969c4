import { canonicalJson, sha256 } from '../../../canonical-json.ts'
import type { AptRepository } from '../model.ts'

/**
 * SHA-256 (hex) over everything that changes what is fetched from a repository or accepted of it, the trusted keys included: a machine
 * that names other keys, or none, for the same address shares nothing with its neighbours. Where the machine says it
 * (`places`), the title and the order of components do not count. Of the architectures the first does: what the archive lacks for the
 * native one is a gap, for another one it is not. So does a reason why it cannot be fetched.
 */
export function identifyRepository(repository: Omit<AptRepository, 'id'>): string {
  const { packageSystem, uri, suite, components, trust, options, unreachable } = repository
  const [native = '', ...others] = repository.architectures
  const keys =
    trust.kind === 'keys'
      ? { kind: trust.kind, keyrings: trust.keyrings.toSorted(), fingerprints: trust.fingerprints.toSorted() }
      : trust
  return sha256(
    canonicalJson({
      packageSystem,
      uri,
      suite,
      components: components.toSorted(),
      architectures: [native, ...others.toSorted()],
      trust: keys,
      options,
      unreachable,
    }),
  )
}

/** `http://mirror.example.org/debian bookworm [main contrib] amd64`, a flat one `http://mirror.example.org/x ./ amd64`. */
export function titleRepository(
  repository: Pick<AptRepository, 'uri' | 'suite' | 'components' | 'architectures'>,
): string {
  const { uri, suite, components, architectures } = repository
  const base = uri.endsWith('/') ? uri.slice(0, -1) : uri
  const parts = components.length === 0 ? [] : [`[${components.join(' ')}]`]
  return [base, suite, ...parts, architectures.join(',')].join(' ')
}
