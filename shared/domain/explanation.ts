import { z } from 'zod'
import type { MachineCommands } from './packaging/package-system.ts'
import type { HoldReason, Update } from './packaging/update.ts'
import { plural } from './text.ts'
import { listOutstanding } from './updates-report.ts'
import type { UpdatesReport } from './updates-report.ts'
import { Verdict } from './verdict.ts'
import type { VerdictReason } from './verdict.ts'

/** Why a verdict is as it is: `lazaret.why/1`. One sentence, what it rests on, and the command that mends it. */
export const Explanation = z.object({
  schema: z.literal('lazaret.why/1'),
  machine: z.string(),
  sentence: z.string(),
  verdict: Verdict,
  /** What the sentence rests on, one fact each. */
  evidence: z.array(z.string()),
  /** To be typed as it stands; null: no command mends it. */
  command: z.string().nullable(),
  /** Where it is to be typed; null where there is none. */
  runOn: z.enum(['machine', 'station']).nullable(),
  /** Outstanding updates that the command does not install, and why. */
  heldBack: z.array(z.object({ name: z.string(), candidate: z.string(), reasons: z.array(z.string()) })),
})
export type Explanation = z.infer<typeof Explanation>

/** A repository that stands in the way, and where the machine's sources name it. */
export interface Trouble {
  readonly title: string
  /** It cannot be fetched from here, or was refused: the sources are to be mended, not the network. */
  readonly isPermanent: boolean
  readonly places: readonly string[]
}

/**
 * The explanation of a verdict. Pure. Names and places come from the machine, so that only those which are plainly a package name or a
 * path of apt's configuration become part of a command.
 */
export function explain(input: {
  verdict: Verdict
  report: UpdatesReport | null
  troubles: readonly Trouble[]
  /** Problems that were found when the evidence was read; each begins with its place where it has one. */
  problems: readonly string[]
  /** Of the machine's package system; null: not known. */
  commands: MachineCommands | null
}): Explanation {
  const { verdict, report } = input
  const deciding = verdict.reasons[0] ?? null
  const mend = deciding === null ? NOTHING : mendFor(deciding, input)
  return {
    schema: 'lazaret.why/1',
    machine: verdict.machine,
    sentence: sentenceFor(verdict, deciding, report),
    verdict,
    evidence: evidenceFor(verdict, report, input.problems),
    command: mend.command,
    runOn: mend.command === null ? null : mend.runOn,
    heldBack: mend.heldBack.map((update) => ({
      name: update.name,
      candidate: update.candidate,
      reasons: update.heldBackBy.map((reason) => HOLD_WORDS[reason]),
    })),
  }
}

interface Mend {
  readonly command: string | null
  readonly runOn: 'machine' | 'station'
  readonly heldBack: readonly Update[]
}

const NOTHING: Mend = { command: null, runOn: 'machine', heldBack: [] }

const HOLD_WORDS: Record<HoldReason, string> = {
  held: 'held by the administrator',
  phased: 'phased: not this machine’s turn yet',
  pinned: 'pinned to another version',
  excluded: 'excluded by configuration',
  vendor: 'from another vendor',
  'needs-new-package': 'needs a new package',
  dependency: 'a dependency stands in the way',
  module: 'belongs to another module stream',
}

const DECISION_WORDS = { allow: 'may start', warn: 'may start, with a warning', deny: 'may not start' } as const

function sentenceFor(verdict: Verdict, deciding: VerdictReason | null, report: UpdatesReport | null): string {
  const words = `${verdict.machine} ${DECISION_WORDS[verdict.decision]}`
  if (deciding !== null && verdict.decision !== 'allow') return `${words}: ${deciding.message}`

  const packages = report === null ? '' : ` of ${plural(report.counts.packages, 'package')}`
  if (deciding !== null) return `${words}: ${deciding.message}`
  return `${words}: none${packages} is outdated, drawn from ${plural(verdict.snapshots.length, 'current snapshot')}.`
}

function evidenceFor(verdict: Verdict, report: UpdatesReport | null, problems: readonly string[]): string[] {
  const lines: string[] = []
  lines.push(verdict.evidenceAt === null ? 'No evidence was ever sent.' : `Evidence of ${verdict.evidenceAt}.`)
  for (const reason of verdict.reasons) lines.push(`${reason.decision}: ${reason.message}`)
  for (const problem of problems.slice(0, 20)) lines.push(`In the evidence: ${problem}`)
  for (const repository of report?.repositories ?? []) {
    const seen = repository.refreshedAt === null ? 'never fetched' : `fetched at ${repository.refreshedAt}`
    lines.push(`${repository.title}: ${seen}, ${VERIFICATION_WORDS[repository.verification]}.`)
  }
  return lines
}

const VERIFICATION_WORDS = {
  verified: 'signature verified',
  'trusted-by-option': 'taken without a good signature because the machine says so',
  none: 'nothing verified',
} as const

function mendFor(reason: VerdictReason, input: Parameters<typeof explain>[0]): Mend {
  const { machine } = input.verdict
  const updates = input.report === null ? [] : listOutstanding(input.report)
  switch (reason.code) {
    case 'security-updates':
      return installCommand(
        updates.filter((update) => update.kind === 'security'),
        input.commands,
      )
    case 'other-updates':
      return installCommand(
        updates.filter((update) => update.kind !== 'security'),
        input.commands,
      )
    case 'unregistered':
    case 'evidence-too-old':
      return { ...NOTHING, command: importCommand(machine) }
    case 'stale':
    case 'unknown':
      return mendSources(input) ?? { ...NOTHING, command: 'lazaret refresh', runOn: 'station' }
    case 'no-answer-in-time':
      return { ...NOTHING, command: `lazaret check ${machine}`, runOn: 'station' }
    case 'unverified':
      return (
        editCommand(
          input.troubles.flatMap((trouble) => trouble.places),
          input.commands,
        ) ?? NOTHING
      )
    case 'local-packages':
    case 'findings':
      return NOTHING
    case 'not-examined':
      return { ...NOTHING, command: `lazaret scan ${machine} --wait`, runOn: 'station' }
    default:
      return reason.code satisfies never
  }
}

function importCommand(machine: string): string {
  return `lazaret-importer --station "$LAZARET_STATION" --token "$LAZARET_TOKEN" --name ${machine}`
}

/** The installable ones by name; when there are none, those that a person may let go. */
function installCommand(updates: readonly Update[], commands: MachineCommands | null): Mend {
  const install =
    commands?.install(
      updates.filter((update) => update.installable),
      updates,
    ) ?? null
  if (install !== null) {
    const heldBack = updates.filter((update) => !install.taken.includes(update))
    return { command: install.command, runOn: 'machine', heldBack }
  }

  const held = updates.filter((update) => !update.installable && update.heldBackBy.every((reason) => reason === 'held'))
  return { ...NOTHING, command: commands?.release(held, updates)?.command ?? null, heldBack: updates }
}

/** The line of the machine's sources that names what can never be had, or that could not be read. */
function mendSources(input: Parameters<typeof explain>[0]): Mend | null {
  const permanent = input.troubles.filter((trouble) => trouble.isPermanent).flatMap((trouble) => trouble.places)
  return editCommand([...input.problems, ...permanent], input.commands)
}

const PLACE = /^([^: ]{1,500}):(\d{1,9})(?:$|[: ])/

function editCommand(places: readonly string[], commands: MachineCommands | null): Mend | null {
  for (const place of places) {
    const [, file, line] = PLACE.exec(place) ?? []
    if (file !== undefined && line !== undefined && commands?.isConfiguration(file) === true) {
      return { ...NOTHING, command: `sensible-editor +${line} /${file}` }
    }
  }
  return null
}
