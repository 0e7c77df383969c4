import type { Log } from './ports.ts'

/** Keeps nothing: for one-shot commands, which say what matters to the person who called them. */
export const QUIET_LOG: Log = { info: () => undefined, warn: () => undefined, error: () => undefined }
