/** How much of each finding is on the page; the JSON and XML formats have all. */
export interface Room {
  readonly description: number
  readonly evidence: number
  readonly evidences: number
  readonly ids: number
  /** Are findings that are only information shown with more than their title? */
  readonly opensInformation: boolean
}

/** Groups of a report beyond which a page with everything is too much for a browser: some 30 machines. */
const MANY_GROUPS = 5000
const ROOMY: Room = { description: 4000, evidence: 2000, evidences: 3, ids: 40, opensInformation: true }
const TIGHT: Room = { description: 600, evidence: 300, evidences: 1, ids: 10, opensInformation: false }

export function findRoom(groups: number): Room {
  return groups > MANY_GROUPS ? TIGHT : ROOMY
}
