import { canonicalJson } from '#shared/domain/canonical-json.ts'
import { packEvidence, readEvidenceArchive } from '#shared/domain/evidence-archive.ts'
import { Fault, isFault } from '#shared/domain/fault.ts'
import type { Job } from '#shared/domain/job.ts'
import { parseMachineName } from '#shared/domain/machine.ts'
import type { Machine } from '#shared/domain/machine.ts'
import { isEvidencePath } from '#shared/domain/packaging/index.ts'
import type { Understood } from './computing.ts'
import { dropEvidence, dropUnusedSubject } from './forget-machine.ts'
import { keepObjects } from './keep-object.ts'
import type { NamedObject } from './keep-object.ts'
import { isWhole, readAhead } from './known-evidence.ts'
import type { Station } from './needs.ts'
import { findMachine, findSubjectState, machineWrites, objectKeys } from './records.ts'
import type { Versioned } from './records.ts'
import { understand } from './understand.ts'
import { findStates, listUnknown, useWrites, writeRepositories } from './write-repositories.ts'

export interface Registration {
  readonly machine: Machine
  /** Nobody had registered this name before. */
  readonly isNew: boolean
  /** false: this very evidence was known already. */
  readonly changed: boolean
  readonly repositories: readonly { id: string; title: string; unreachable: string | null }[]
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
}

type Needs = Pick<Station, 'objects' | 'table' | 'queue' | 'clock' | 'log' | 'cache' | 'computing'>

/** Evidence versions kept of one machine. */
const KEPT_EVIDENCE = 3
/** The table takes 100 writes at once. */
const USES_AT_ONCE = 90

/**
 * Takes a machine's evidence: the archive is kept (without the secrets and strangers' files that were in it), its inventory and
 * subject are stored under their hashes, the machine is written, and refreshes and a check are queued. Resolves only when all of
 * that is durable; before the machine is written nothing refers to what was stored, so that an import lands whole or not at all.
 * After a death in between, the same evidence again does what is left.
 * `owner`: whose machine it becomes when it is new. An existing machine keeps its owner and is registered again by its owner or by the
 * administrator (null) only.
 * @throws Fault `not_allowed`, `name_invalid`, `evidence_malformed`, `evidence_unrecognised`, `evidence_too_large`, `quota_exceeded`, `conflict`
 */
export async function registerMachine(
  station: Needs,
  request: { name: string; archive: AsyncIterable<Uint8Array>; owner: string | null },
): Promise<Registration> {
  const name = parseMachineName(request.name)
  const ahead = await renewKnown(station, { ...request, name })
  if (ahead.renewed !== null) return ahead.renewed

  const copy: ArchiveCopy = { chunks: [], bytes: 0 }
  const archive = await readEvidenceArchive(tee(ahead.archive, copy), isEvidencePath)
  const read = (await station.computing?.understand(archive.evidence)) ?? understand(archive.evidence)
  const said = {
    repositories: read.subject.repositories,
    problems: read.subject.problems,
    warnings: [...archive.warnings, ...read.warnings],
  }
  const evidenceKey = objectKeys.evidence(name, archive.sha256)
  const isKept = archive.isExact && copy.bytes <= MOST_COPIED
  const body = () => (isKept ? Buffer.concat(copy.chunks) : packEvidence(archive.evidence))
  const objects: readonly NamedObject[] = [[evidenceKey, body], ...namedObjects(read)]
  station.cache.evidence.set(evidenceKey, { subject: read.subjectId, objects: objects.map(([key]) => key), said })

  const known = await findMachine(station.table, name)
  if (known !== null) requireOwner(known.value, request.owner)
  const same = { name, evidenceSha256: archive.sha256, subject: read.subjectId }
  const renewed = await renewEvidence(station, same, known)
  if (renewed !== null) {
    const wasChecked = (await findSubjectState(station.table, read.subjectId, null)) !== null
    const wasWhole = !(await keepObjects(station, objects))
    if (!wasChecked || !wasWhole)
      await queueWork(station, read, await writeRepositories(station, read.subject, read.subjectId))
    return { machine: renewed, isNew: false, changed: false, ...said }
  }

  await keepObjects(station, objects)
  station.cache.subjects.set(read.subjectId, read.subject)
  const { machine, replaced, dropped } = await writeMachine(station, {
    facts: {
      name,
      owner: request.owner,
      evidenceSha256: archive.sha256,
      evidenceBytes: archive.packedBytes,
      packageSystem: read.subject.packageSystem,
      subject: read.subjectId,
      inventory: read.inventoryId,
      system: read.system,
      warnings: said.warnings,
    },
    evidenceKey,
    known,
    uses: await prepareUses(station, read),
  })
  // Until the machine was written someone could clear these away as unused, and what belongs to them; from now on nobody does.
  const wasDisturbed = await keepObjects(station, objects)
  const states = await findStates(station, read.subject)
  const unknown =
    wasDisturbed || states.includes(null)
      ? await writeRepositories(station, read.subject, read.subjectId)
      : listUnknown(read.subject, states)
  await queueWork(station, read, unknown)
  for (const key of dropped) await dropEvidence(station, name, key)
  if (replaced !== null && replaced.subject !== machine.subject) await dropUnusedSubject(station, replaced.subject)

  station.log.info('machine.registered', {
    name,
    packages: read.system.packages,
    repositories: read.subject.repositories.length,
  })
  return { machine, isNew: replaced === null, changed: true, ...said }
}

/**
 * Most evidence is the same as last time. Where this process has understood the very same bytes before and all that was stored of them
 * is still there, only its age changes. Else the archive, from its beginning.
 */
async function renewKnown(
  station: Needs,
  request: { name: string; archive: AsyncIterable<Uint8Array>; owner: string | null },
): Promise<{ renewed: Registration } | { renewed: null; archive: AsyncIterable<Uint8Array> }> {
  const { name, archive, owner } = request
  const machine = (await findMachine(station.table, name))?.value
  const known = station.cache.evidence.get(objectKeys.evidence(name, machine?.evidenceSha256 ?? ''))
  if (machine === undefined || known === undefined || known.subject !== machine.subject)
    return { renewed: null, archive }

  requireOwner(machine, owner)
  const { sha256: found, again } = await readAhead(archive, machine.evidenceBytes)
  if (found !== machine.evidenceSha256) return { renewed: null, archive: again }

  const renewed = await renewEvidence(station, { name, evidenceSha256: found, subject: known.subject }, null)
  if (renewed === null || !(await isWhole(station, known))) return { renewed: null, archive: again }

  return { renewed: { machine: renewed, isNew: false, changed: false, ...known.said } }
}

function namedObjects(read: Understood): NamedObject[] {
  return [
    [objectKeys.inventory(read.inventoryId), () => read.inventoryBytes],
    [objectKeys.names(read.inventoryId), () => read.names],
    [objectKeys.subject(read.subjectId), () => Buffer.from(canonicalJson(read.subject))],
    ...[...read.keyrings].map(([hash, bytes]): NamedObject => [objectKeys.keyring(hash), () => bytes]),
  ]
}

/**
 * The notes of which repositories the subject uses, to be written together with the machine. Where a repository is new, or there are
 * too many for one write, they are written beforehand: a machine's repositories are there before it.
 */
async function prepareUses(station: Needs, read: Understood): Promise<ReturnType<typeof useWrites>> {
  const uses = useWrites(read.subject, read.subjectId)
  const states = uses.length > USES_AT_ONCE ? [null] : await findStates(station, read.subject)
  if (!states.includes(null)) return uses

  await writeRepositories(station, read.subject, read.subjectId)
  return []
}

/** A refresh of the repositories without a snapshot, and a check. */
async function queueWork(station: Needs, read: Understood, unknown: readonly string[]): Promise<void> {
  const jobs: Job[] = [
    ...unknown.map((repositoryId) => ({ kind: 'refresh-repository' as const, repositoryId })),
    { kind: 'check-subject', subject: read.subjectId, machineId: null },
  ]
  await station.queue.send(jobs.map((job) => ({ lane: 'interactive', body: job, onlyOnce: canonicalJson(job) })))
}

/** Larger archives than any honest machine's importer makes are packed again where they are kept, rather than held as they came. */
const MOST_COPIED = 8 * 1024 * 1024

interface ArchiveCopy {
  chunks: Uint8Array[]
  /** Of the whole archive; the chunks are dropped beyond the limit. */
  bytes: number
}

async function* tee(source: AsyncIterable<Uint8Array>, copy: ArchiveCopy): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    copy.bytes += chunk.length
    if (copy.bytes <= MOST_COPIED) copy.chunks.push(chunk)
    else copy.chunks = []
    yield chunk
  }
}

/** The same evidence again: only its age changes. null: the machine has another one, or there is none. */
async function renewEvidence(
  station: Needs,
  same: { name: string; evidenceSha256: string; subject: string },
  known: Versioned<Machine> | null,
): Promise<Machine | null> {
  const isSame = (machine: Machine | null) =>
    machine?.evidenceSha256 === same.evidenceSha256 && machine.subject === same.subject
  return changeMachine(station, { name: same.name, known, uses: [] }, (machine) =>
    machine !== null && isSame(machine) ? { ...machine, evidenceAt: station.clock.now().toISOString() } : null,
  )
}

async function writeMachine(
  station: Needs,
  writing: {
    facts: Omit<Machine, 'registeredAt' | 'evidenceAt' | 'evidenceKeys'>
    evidenceKey: string
    known: Versioned<Machine> | null
    uses: ReturnType<typeof useWrites>
  },
): Promise<{ machine: Machine; replaced: Machine | null; dropped: string[] }> {
  const { facts, evidenceKey, known, uses } = writing
  const now = station.clock.now().toISOString()
  let replaced: Machine | null = null
  const dropped: string[] = []
  const machine = await changeMachine(station, { name: facts.name, known, uses }, (before) => {
    if (before !== null) requireOwner(before, facts.owner)
    replaced = before
    const keys = [evidenceKey, ...(before?.evidenceKeys ?? []).filter((key) => key !== evidenceKey)]
    dropped.splice(0, dropped.length, ...keys.slice(KEPT_EVIDENCE))
    return {
      ...facts,
      owner: before === null ? facts.owner : before.owner,
      registeredAt: before?.registeredAt ?? now,
      evidenceAt: now,
      evidenceKeys: keys.slice(0, KEPT_EVIDENCE),
    }
  })
  return { machine, replaced, dropped }
}

/** @throws Fault `not_allowed` when the machine is someone else's */
function requireOwner(machine: Machine, owner: string | null): void {
  if (owner === null || machine.owner === owner) return

  throw new Fault('not_allowed', `The token does not reach the machine "${machine.name}".`)
}

/**
 * Changes and writes a machine, and `uses` with it, until nobody else was in between. The last of two registrations wins, whole.
 * `known`: as it was read before; null: it is read anew. Returns null for no change.
 */
async function changeMachine<Changed extends Machine | null>(
  station: Needs,
  what: { name: string; known: Versioned<Machine> | null; uses: ReturnType<typeof useWrites> },
  change: (before: Machine | null) => Changed,
): Promise<Changed> {
  let before = what.known
  for (let attempt = 1; ; attempt += 1) {
    before ??= await findMachine(station.table, what.name)
    const machine = change(before?.value ?? null)
    if (machine === null) return machine

    try {
      await station.table.write([...what.uses, ...machineWrites(machine, before?.version ?? 'absent')])
      return machine
    } catch (error) {
      if (!isFault(error, 'conflict') || attempt >= 20) throw error
      before = null
    }
  }
}
