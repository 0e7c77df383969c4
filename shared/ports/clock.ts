/** Time, so that no rule reads it by itself. */
export interface Clock {
  now(): Date
}
