import type { Severity, UpdateKind } from '../../update.ts'
import type { RpmAdvisory, RpmAdvisoryPackage } from '../model.ts'
import { findAttribute, malformed, type Attributes, type XmlReader } from './xml.ts'

export type AdvisedPackage = Omit<RpmAdvisoryPackage, 'advisory'>

const MAX_ADVISORIES = 500_000
const MAX_PACKAGES = 100_000
const MAX_REFERENCES = 2000
const MAX_BUGS = 100
const MAX_WORD = 1024

interface Draft {
  readonly type: string
  readonly status: string
  id: string
  severity: string
  /** Title and description, in which CVEs may be named. */
  prose: string
  cves: Set<string>
  bugs: Set<string>
  references: number
  packages: AdvisedPackage[]
  rebootSuggested: boolean
}

/**
 * Reads an updateinfo.xml, one advisory after another. What is needed of an advisory must be there: half of one would say that the
 * other half is harmless.
 * @throws Fault `repository_refused` from its functions, naming the URL
 */
export function openUpdateInfoReader(
  file: string,
  take: (advisory: RpmAdvisory, packages: readonly AdvisedPackage[]) => void,
): XmlReader {
  let draft: Draft | null = null
  let module = ''
  let count = 0
  const path: string[] = []

  const openUpdate = (attributes: Attributes) => {
    count += 1
    if (count > MAX_ADVISORIES) throw malformed(file, `has more than ${MAX_ADVISORIES} advisories`)
    draft = {
      type: findAttribute(attributes, 'type') ?? '',
      status: (findAttribute(attributes, 'status') ?? '').slice(0, 100),
      id: '',
      severity: '',
      prose: '',
      cves: new Set(),
      bugs: new Set(),
      references: 0,
      packages: [],
      rebootSuggested: false,
    }
  }
  const openInside = (update: Draft, place: string, attributes: Attributes): boolean => {
    if (place === 'references/reference') addReference(update, attributes, file)
    if (place === 'pkglist/collection') module = ''
    if (place === 'pkglist/collection/module') module = readModule(attributes)
    if (place === 'pkglist/collection/package') addPackage(update, attributes, module, file)
    return TEXTS.has(place)
  }
  return {
    open(name, attributes, depth) {
      if (depth === 0 && name !== 'updates') {
        throw malformed(file, `is not a list of advisories: its root is <${name.slice(0, 40)}>`)
      }
      path.length = Math.max(0, depth - 2)
      if (depth === 1) {
        draft = null
        if (name === 'update') openUpdate(attributes)
        return false
      }
      if (depth < 2 || draft === null) return false

      path.push(name)
      return openInside(draft, path.join('/'), attributes)
    },
    close(name, text, depth) {
      if (draft === null || depth === 0) return
      if (depth === 1) {
        take(settle(draft, count, file), draft.packages)
        draft = null
        return
      }
      path.length = depth - 1
      closeInside(draft, path.join('/'), text)
    },
  }
}

const TEXTS = new Set([
  'id',
  'title',
  'severity',
  'description',
  'reboot_suggested',
  'pkglist/collection/package/reboot_suggested',
])

function closeInside(draft: Draft, place: string, text: string): void {
  if (place === 'id') draft.id = text.trim()
  if (place === 'severity') draft.severity = text.trim()
  if (place === 'title' || place === 'description') draft.prose += `\n${text}`
  if (place === 'reboot_suggested' || place === 'pkglist/collection/package/reboot_suggested') {
    draft.rebootSuggested ||= !/^(?:false|0|no)$/i.test(text.trim())
  }
}

const CVE = /\bCVE-\d{4}-\d{1,10}\b/g

function addReference(draft: Draft, attributes: Attributes, file: string): void {
  draft.references += 1
  if (draft.references > MAX_REFERENCES) throw malformed(file, 'has an advisory with too many references')

  const type = findAttribute(attributes, 'type') ?? ''
  const [id, href] = [findAttribute(attributes, 'id') ?? '', findAttribute(attributes, 'href') ?? '']
  const named = `${id} ${findAttribute(attributes, 'title') ?? ''} ${type === 'cve' ? href : ''}`
  for (const [cve] of named.matchAll(CVE)) draft.cves.add(cve)
  if (type === 'cve') return

  const bug = type === 'bugzilla' && id !== '' ? id : href === '' ? id : href
  if (bug !== '' && draft.bugs.size < MAX_BUGS) draft.bugs.add(bug.slice(0, 300))
}

function readModule(attributes: Attributes): string {
  const [name, stream] = [findAttribute(attributes, 'name') ?? '', findAttribute(attributes, 'stream') ?? '']
  return name === '' ? '' : `${name}:${stream}`.slice(0, MAX_WORD)
}

function addPackage(draft: Draft, attributes: Attributes, module: string, file: string): void {
  if (draft.packages.length >= MAX_PACKAGES) throw malformed(file, 'has an advisory with too many packages')

  const word = (name: string): string => {
    const value = findAttribute(attributes, name) ?? ''
    if (value.length > MAX_WORD) throw malformed(file, `has an advisory with a ${name} that is too long`)
    return value
  }
  const [name, version, release, architecture, epoch] = [
    word('name'),
    word('version'),
    word('release'),
    word('arch'),
    word('epoch'),
  ]
  if (name === '' || version === '') throw malformed(file, 'has an advisory for a package without name or version')
  if (architecture === 'src' || architecture === 'nosrc') return

  draft.packages.push({ name, epoch: readEpoch(epoch), version, release, architecture, module })
}

/** `None` and the empty text occur: no epoch. */
function readEpoch(text: string): number | null {
  return /^\d{1,9}$/.test(text) ? Number(text) : null
}

function settle(draft: Draft, count: number, file: string): RpmAdvisory {
  if (draft.id === '' || draft.id.length > MAX_WORD)
    throw malformed(file, `has an advisory without an id (number ${count})`)
  if (draft.cves.size === 0) for (const [cve] of draft.prose.matchAll(CVE)) draft.cves.add(cve)

  return {
    id: draft.id,
    kind: KINDS.get(draft.type.toLowerCase()) ?? 'unknown',
    severity: SEVERITIES.get(draft.severity.toLowerCase()) ?? 'unknown',
    status: draft.status,
    cves: [...draft.cves],
    bugs: [...draft.bugs],
    rebootSuggested: draft.rebootSuggested,
  }
}

const KINDS: ReadonlyMap<string, UpdateKind> = new Map([
  ['security', 'security'],
  ['bugfix', 'bugfix'],
  ['recommended', 'bugfix'],
  ['enhancement', 'enhancement'],
  ['newpackage', 'enhancement'],
  ['optional', 'enhancement'],
])

// Red Hat's, Bodhi's and SUSE's words.
const SEVERITIES: ReadonlyMap<string, Severity> = new Map([
  ['critical', 'critical'],
  ['important', 'high'],
  ['high', 'high'],
  ['urgent', 'high'],
  ['moderate', 'medium'],
  ['medium', 'medium'],
  ['low', 'low'],
])
