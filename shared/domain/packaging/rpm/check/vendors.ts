import type { RpmPolicy } from '../model.ts'

/**
 * Would taking it change the vendor where the machine forbids that? dnf compares the words as they are, and having none is a vendor
 * of its own; zypper ignores case, and vendors whose beginnings stand in one group count as one, as do all of SUSE itself. What
 * begins with `openSUSE` is equal only to itself there.
 */
export function isForbiddenVendor(policy: RpmPolicy, installed: string, offered: string): boolean {
  if (policy.allowVendorChange || installed === offered) return false
  if (policy.tool !== 'zypper' && policy.vendorGroups.length === 0) return true

  const from = installed.toLowerCase()
  const to = offered.toLowerCase()
  if (from === to) return false

  const groups = policy.tool === 'zypper' ? [...policy.vendorGroups, ['suse']] : policy.vendorGroups
  return !groups.some((group) => begins(group, from) && begins(group, to))
}

function begins(group: readonly string[], vendor: string): boolean {
  return group.some((prefix) => prefix !== '' && vendor.startsWith(prefix.toLowerCase()))
}
