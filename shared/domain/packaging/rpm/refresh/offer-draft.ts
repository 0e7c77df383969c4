import { openNumberList, type NumberList } from './number-list.ts'
import { openRelationDraft, type RelationDraft } from './relation-draft.ts'
import type { TextTable } from './text-table.ts'

/** The relations that a list keeps, in the order in which it keeps them. */
export const GROUPS = ['provides', 'requires', 'conflicts', 'obsoletes'] as const
export type Group = (typeof GROUPS)[number]

/** One package while it is read, its texts as their numbers in the list; -1 stands for what it has not said. */
export interface OfferDraft {
  name: number
  architecture: number
  /** With release and epoch, all at once. */
  version: number
  release: number
  /** One more than the epoch, 0 where there is none. */
  epoch: number
  sourceRpm: number
  vendor: number
  /** One more than the seconds, 0 where it says none. */
  buildTime: number
  /** A source package: of no use to a machine. */
  isSource: boolean
  readonly provides: RelationDraft
  readonly requires: RelationDraft
  readonly conflicts: RelationDraft
  readonly obsoletes: RelationDraft
  readonly files: NumberList
}

/** Where packages go. @throws Fault `repository_refused` from its functions, where there is more than one repository may offer */
export interface OfferSink extends Pick<TextTable, 'intern' | 'internAll' | 'seed'> {
  /** Nothing of the draft is kept: the next package may use it. */
  add(draft: OfferDraft): void
}

export function openOfferDraft(): OfferDraft {
  return {
    ...NOTHING,
    provides: openRelationDraft(true),
    requires: openRelationDraft(false),
    conflicts: openRelationDraft(false),
    obsoletes: openRelationDraft(true),
    files: openNumberList(),
  }
}

export function clearDraft(draft: OfferDraft): void {
  Object.assign(draft, NOTHING)
  for (const group of GROUPS) draft[group].clear()
  draft.files.clear()
}

const NOTHING = {
  name: -1,
  architecture: -1,
  version: -1,
  release: -1,
  epoch: 0,
  sourceRpm: -1,
  vendor: -1,
  buildTime: 0,
  isSource: false,
}
